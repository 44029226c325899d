import { ignoreNotFound, isTerminating, type Job, keyOf, parseTime, Resources, splitKey } from '@steersman/api';
import type { NextPass } from '@steersman/machinery';
import type { Controller } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { jobInformer } from '../job/job-view.ts';

/** When a finished job's time is over, in milliseconds since the epoch; undefined while it has none. */
export function expiryOf({ spec, status }: Job): number | undefined {
  if (spec.ttlSecondsAfterFinished === undefined) return undefined;
  const finished = status?.conditions?.find(
    ({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True',
  );
  const finishedMs = parseTime(finished?.lastTransitionTime ?? '');
  return Number.isNaN(finishedMs) ? undefined : finishedMs + spec.ttlSecondsAfterFinished * 1000;
}

/** Deletes finished jobs, with their pods, when ttlSecondsAfterFinished has passed. */
export const ttlAfterFinishedController: Controller = {
  name: 'ttl-after-finished-controller',
  alias: 'ttl-after-finished',
  account: 'ttl-after-finished-controller',
  async run(context, signal) {
    const { client, informers, effects, config } = context;
    const jobs = jobInformer(informers);
    const requests = client.resource(Resources.jobs);

    async function reconcile(key: string): Promise<NextPass> {
      const cached = jobs.get(key) as Job | undefined;
      const expiry = cached === undefined || isTerminating(cached) ? undefined : expiryOf(cached);
      if (expiry === undefined) return 'on-change';
      if (expiry > effects.clock.now()) return { afterMs: expiry - effects.clock.now() };
      const fresh = await requests.find(splitKey(key), { signal }); // The time may have been changed at the last moment.
      const { uid, resourceVersion } = fresh?.metadata ?? {};
      if (fresh === undefined || (expiryOf(fresh) ?? Number.POSITIVE_INFINITY) > effects.clock.now())
        return 'on-change';
      const preconditions = {
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      };
      await requests
        .delete(splitKey(key), { propagationPolicy: 'Foreground', preconditions, signal })
        .catch(ignoreNotFound);
      return 'on-change';
    }

    await runLoop(
      context,
      {
        name: 'ttl_jobs_to_delete',
        concurrencyMax: config.concurrentTtlAfterFinishedSyncs,
        reconcile,
        connect: (queue) => enqueueOn(jobs, queue, (change) => [keyOf(objectOf(change))]),
      },
      signal,
    );
  },
};

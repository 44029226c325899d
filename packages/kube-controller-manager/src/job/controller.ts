import { type Job, keyOf, type Pod, Resources, splitKey } from '@steersman/api';
import { type Change, createExpectations, type Informer } from '@steersman/client';
import type { NextPass, Reconcile } from '@steersman/machinery';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { createOwnWrites, type OwnWrites } from '../controller/own-writes.ts';
import { candidatesFor, claimSelected, controllerKeyOf, observe, ownersOf } from '../controller/ownership.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { same } from '../controller/same.ts';
import { createPodControl } from '../pods/pod-control.ts';
import { podInformer } from '../pods/pod-view.ts';
import { createJobActor } from './act.ts';
import { deadlineOf, type Ending, endingOf, isJobFinished } from './ending.ts';
import { jobInformer } from './job-view.ts';
import { type JobPlan, planJob } from './plan.ts';
import { mayFinish, statusOf } from './status.ts';
import { TRACKING_FINALIZER, tallyPods } from './tally.ts';

/** Jobs that name another manager are left to it (KEP-4368). */
const OUR_NAME = 'kubernetes.io/job-controller';

function isOurs({ spec }: Job): boolean {
  return spec.managedBy === undefined || spec.managedBy === OUR_NAME;
}
function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(TRACKING_FINALIZER) === true;
}

function nextPassOf(job: Job, plan: JobPlan, ending: Ending | undefined, nowMs: number): NextPass {
  const waits: number[] = plan.kind === 'wait' ? [plan.ms] : [];
  const deadline = ending === undefined ? deadlineOf(job) : undefined;
  if (deadline !== undefined) waits.push(Math.max(0, deadline - nowMs));
  return waits.length === 0 ? 'on-change' : { afterMs: Math.min(...waits) };
}

interface Parts {
  readonly jobs: Informer<Job>;
  readonly pods: Informer<Pod>;
  readonly expectations: ReturnType<typeof createExpectations>;
  /** UIDs of pods whose finalizer we removed and whose removal the cache has not shown yet. */
  readonly released: Set<string>;
  readonly ownWrites: OwnWrites;
}

/** How long to wait for the watch to bring our own writes, before looking again without a change. */
const STALE_RETRY_MS = 1_000;

/** Observe, plan, act, report: one pass over one Job. */
export function jobReconciler(
  context: ControllerContext,
  { jobs, pods, expectations, released, ownWrites }: Parts,
): Reconcile {
  const { client, effects } = context;
  const own = client.resource(Resources.jobs);
  const events = context.events('job-controller');
  const actor = createJobActor(client, createPodControl(client, events), expectations, effects.random);

  async function releaseAll(finished: readonly Pod[], signal: AbortSignal): Promise<void> {
    for (const pod of finished) {
      released.add(pod.metadata.uid ?? '');
      try {
        await actor.release(pod, signal);
      } catch (error) {
        released.delete(pod.metadata.uid ?? '');
        throw error;
      }
    }
  }

  /** The job is gone or over: nobody counts its pods any more, so nothing may hold them. */
  async function letGo(key: string, signal: AbortSignal): Promise<NextPass> {
    const { namespace } = splitKey(key);
    const held = (pods.list(namespace) as readonly Pod[]).filter(
      (pod) => controllerKeyOf(pod, 'Job') === key && isTracked(pod) && !released.has(pod.metadata.uid ?? ''),
    );
    await releaseAll(held, signal);
    return 'on-change';
  }

  function announce(job: Job, ending: Ending | undefined, finished: boolean): void {
    const before = job.status?.conditions?.find(({ type }) => type === 'Suspended')?.status;
    if (job.spec.suspend === true && before !== 'True') events.event(job, 'Normal', 'Suspended', 'Job suspended');
    if (job.spec.suspend !== true && before === 'True') events.event(job, 'Normal', 'Resumed', 'Job resumed');
    if (ending === undefined || !finished) return;
    if (ending.success) events.event(job, 'Normal', 'Completed', 'Job completed');
    else events.event(job, 'Warning', ending.reason, ending.message);
  }

  return async function reconcileJob(key, signal) {
    const job = jobs.get(key) as Job | undefined;
    if (job === undefined || isJobFinished(job)) {
      expectations.forget(key);
      ownWrites.forget(key);
      return letGo(key, signal);
    }
    if (!isOurs(job)) return 'on-change';
    // An older status would lack ends that were counted already, whose pods have been let go.
    if (!ownWrites.shownBy(job)) return { afterMs: STALE_RETRY_MS };
    const settled = expectations.met(key); // Asked before the list, so the list is never the older.
    const owned = await claimSelected({
      client,
      owner: job,
      ownerType: Resources.jobs,
      candidates: candidatesFor(pods, job),
      candidateType: Resources.pods,
      finalizers: [TRACKING_FINALIZER],
      signal,
    });
    const nowMs = effects.clock.now();
    const first = tallyPods(job, owned, released, false);
    const ending = endingOf(job, first, nowMs);
    const tally = ending === undefined || ending.success ? first : tallyPods(job, owned, released, true);
    const plan = planJob({ job, pods: owned, tally, ending, settled, nowMs });
    // Pods of a job that failed are counted before they are deleted, so the status goes first.
    const outcome =
      ending === undefined ? await actor.perform(plan, job, signal) : { activeChange: 0, failure: undefined };
    const status = statusOf(job, tally, ending, outcome.activeChange, nowMs);
    if (!same(status, job.status)) {
      ownWrites.wrote(await own.updateStatus({ ...job, status }, { signal }));
      announce(job, ending, ending !== undefined && mayFinish(tally));
    }
    if (ending !== undefined) await actor.perform(plan, job, signal);
    await releaseAll(tally.release, signal);
    if (outcome.failure !== undefined) throw outcome.failure;
    return nextPassOf({ ...job, status }, plan, ending, nowMs);
  };
}

function forgetReleased(released: Set<string>, change: Change<Pod>): void {
  const pod = objectOf(change);
  if (change.kind === 'deleted' || !isTracked(pod)) released.delete(pod.metadata.uid ?? '');
}

export const jobController: Controller = {
  name: 'job-controller',
  alias: 'job',
  account: 'job-controller',
  async run(context, signal) {
    const parts: Parts = {
      jobs: jobInformer(context.informers),
      pods: podInformer(context.informers),
      expectations: createExpectations(context.effects.clock),
      released: new Set(),
      ownWrites: createOwnWrites(),
    };
    await runLoop(
      context,
      {
        name: 'job',
        concurrencyMax: context.config.concurrentJobSyncs,
        reconcile: jobReconciler(context, parts),
        connect: (queue) => {
          enqueueOn(parts.jobs, queue, (change) => {
            if (change.kind === 'deleted') parts.expectations.forget(keyOf(change.last));
            return [keyOf(objectOf(change))];
          });
          enqueueOn(parts.pods, queue, (change) => {
            forgetReleased(parts.released, change);
            observe(parts.expectations, change, 'Job');
            return ownersOf(change, 'Job', parts.jobs);
          });
        },
      },
      signal,
    );
  },
};

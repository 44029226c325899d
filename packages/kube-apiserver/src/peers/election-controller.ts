/** Holds elections for the Leases that components stand for by LeaseCandidates; of several API servers, one does. */

import type { V1beta1LeaseCandidate } from '@steersman/api';
import { formatMicroTime, isAlreadyExists, isConflict, isNotFound, parseTime, Resources } from '@steersman/api';
import { runAsLeader } from '@steersman/client';
import type { PostStartContext, PostStartHook } from '../post-start-hook.ts';
import { CANDIDATE_VALID_MS, CONTROLLER, electionStep } from './election.ts';

/** As often as candidates look whether they are asked. */
const ROUND_MS = 1000;
/** How long what nobody renews is kept, as upstream. */
const COLLECT_ROUNDS = 1800;

export const electionHook: PostStartHook = {
  name: 'start-kube-apiserver-coordinated-leader-election-controller',
  async run(context) {
    if (context.featureGates.enabled('CoordinatedLeaderElection')) void stand(context);
  },
};

async function stand({ client, config, effects, signal }: PostStartContext): Promise<void> {
  const identity = `${config.hostname}_${effects.random.uuid()}`;
  const lease = { namespace: 'kube-system', name: CONTROLLER };
  while (!signal.aborted) {
    await runAsLeader(
      { client, effects, lease, identity, releaseOnCancel: true },
      (leading) => holdElections({ client, effects, signal: leading }),
      signal,
    );
  }
}

/** Until the signal aborts. */
export async function holdElections(context: Pick<PostStartContext, 'client' | 'effects' | 'signal'>): Promise<void> {
  const { effects, signal } = context;
  for (let rounds = 1; !signal.aborted; rounds++) {
    await round(context, rounds % COLLECT_ROUNDS === 1).catch((error: unknown) => {
      if (!signal.aborted && !isConflict(error) && !isAlreadyExists(error) && !isNotFound(error))
        effects.log.warn('Elections of leaders cannot go on', { error: String(error) });
    });
    await effects.clock.sleep(ROUND_MS, signal).catch(() => undefined);
  }
}

async function round(
  { client, effects }: Pick<PostStartContext, 'client' | 'effects'>,
  collect: boolean,
): Promise<void> {
  const candidates = client.resource(Resources.v1beta1LeaseCandidates);
  const leases = client.resource(Resources.leases);
  const now = effects.clock.now();
  const { items } = await candidates.list();
  for (const [key, group] of byLease(items)) {
    const lease = await leases.find(key);
    const step = electionStep(key, lease, group, now);
    if (step.kind === 'ask')
      for (const asked of step.candidates)
        await candidates.update({ ...asked, spec: { ...asked.spec, pingTime: formatMicroTime(now) } });
    else if (step.kind === 'write') await (lease === undefined ? leases.create(step.lease) : leases.update(step.lease));
  }
  for (const { metadata } of collect ? items.filter((item) => isExpired(item, now)) : []) {
    const key = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
    // It may have answered since the list was read.
    const fresh = await candidates.find(key);
    if (fresh !== undefined && isExpired(fresh, now)) await candidates.delete(key, { preconditions: versionOf(fresh) });
  }
}

function isExpired({ spec }: V1beta1LeaseCandidate, nowMs: number): boolean {
  return spec.renewTime === undefined || nowMs - parseTime(spec.renewTime) > CANDIDATE_VALID_MS;
}

function versionOf({ metadata: { uid, resourceVersion } }: V1beta1LeaseCandidate) {
  return { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
}

function byLease(items: readonly V1beta1LeaseCandidate[]) {
  const groups = Map.groupBy(items, ({ metadata, spec }) => `${metadata.namespace}/${spec.leaseName}`);
  return [...groups.values()].map((group) => {
    const [first] = group;
    return [{ namespace: first?.metadata.namespace ?? '', name: first?.spec.leaseName ?? '' }, group] as const;
  });
}

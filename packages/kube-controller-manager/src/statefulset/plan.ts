import { isPodFinished, isTerminating, type Pod, type StatefulSet } from '@steersman/api';
import { scaledValue } from '../deployment/bounds.ts';
import { isAvailable, isReady } from '../pods/pod-state.ts';
import { REVISION_LABEL } from '../revisions/history.ts';
import { ordinalOf, ordinalsOf } from './identity.ts';

export interface Observed {
  readonly set: StatefulSet;
  /** Owned by it. */
  readonly pods: readonly Pod[];
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly nowMs: number;
}
export type Step =
  | { readonly kind: 'create'; readonly ordinal: number; readonly revision: string }
  | { readonly kind: 'delete'; readonly pod: Pod };

export function revisionOf({ metadata }: Pod): string {
  return metadata.labels?.[REVISION_LABEL] ?? '';
}
function isHealthy(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isReady(pod) && !isTerminating(pod);
}

/** Ordinals below the partition stay at the revision that the set is coming from. */
function revisionFor({ set, currentRevision, updateRevision }: Observed, ordinal: number): string {
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const start = set.spec.ordinals?.start ?? 0;
  return ordinal < start + partition ? currentRevision : updateRevision;
}

/** Pods that should be: made in order, each only when the one before is available, unless the policy is Parallel. */
function planReplicas(
  observed: Observed,
  byOrdinal: ReadonlyMap<number, Pod>,
  parallel: boolean,
): { steps: readonly Step[]; blocked: boolean } {
  const { set, nowMs } = observed;
  const steps: Step[] = [];
  for (const ordinal of ordinalsOf(set)) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) steps.push({ kind: 'create', ordinal, revision: revisionFor(observed, ordinal) });
    else if (isPodFinished(pod) && !isTerminating(pod)) steps.push({ kind: 'delete', pod });
    const held = pod === undefined || !isHealthy(pod) || !isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs);
    if (held && !parallel) return { steps, blocked: true };
  }
  return { steps, blocked: false };
}

/** Pods that should not be: the highest ordinal first, one after the other unless the policy is Parallel. */
function planCondemned(
  condemned: readonly Pod[],
  firstUnhealthy: Pod | undefined,
  isUp: (pod: Pod) => boolean,
  parallel: boolean,
): { steps: readonly Step[]; blocked: boolean } {
  if (parallel)
    return {
      steps: condemned.filter((pod) => !isTerminating(pod)).map((pod) => ({ kind: 'delete', pod })),
      blocked: false,
    };
  const [next] = condemned;
  if (next === undefined) return { steps: [], blocked: false };
  if (condemned.some(isTerminating)) return { steps: [], blocked: true };
  // A pod that is not up is waited for, unless it is the only one: then it would be waited for in vain.
  if (!isUp(next) && next !== firstUnhealthy) return { steps: [], blocked: true };
  return { steps: [{ kind: 'delete', pod: next }], blocked: true };
}

/** Pods of the old revision, replaced from the highest ordinal down, while few enough are unavailable. */
function planUpdate(observed: Observed, byOrdinal: ReadonlyMap<number, Pod>): readonly Step[] {
  const { set, updateRevision, nowMs } = observed;
  const { partition = 0, maxUnavailable } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const ordinals = ordinalsOf(set);
  const start = set.spec.ordinals?.start ?? 0;
  const allowed =
    maxUnavailable === undefined ? 1 : Math.max(1, scaledValue(maxUnavailable, ordinals.length, Math.ceil));
  const isUp = (pod: Pod | undefined) =>
    pod !== undefined && isHealthy(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs);
  let unavailable = ordinals.filter((ordinal) => !isUp(byOrdinal.get(ordinal))).length;
  const steps: Step[] = [];
  for (const ordinal of ordinals.toReversed()) {
    if (ordinal < start + partition) break;
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined || isTerminating(pod)) {
      if (unavailable >= allowed) return steps;
      continue;
    }
    if (revisionOf(pod) === updateRevision) {
      if (!isUp(pod) && unavailable >= allowed) return steps;
      continue;
    }
    // A pod that is down already costs nothing to replace.
    if (isUp(pod) && unavailable >= allowed) return steps;
    if (isUp(pod)) unavailable += 1;
    steps.push({ kind: 'delete', pod });
    if (steps.length >= allowed) return steps;
  }
  return steps;
}

/** Decides the next steps: replicas that are missing, then those too many, then those to update. */
export function planSet(observed: Observed): readonly Step[] {
  const { set, pods } = observed;
  if (isTerminating(set)) return [];
  const parallel = set.spec.podManagementPolicy === 'Parallel';
  const wanted = new Set(ordinalsOf(set));
  const byOrdinal = new Map<number, Pod>();
  const condemned: Pod[] = [];
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === undefined) continue;
    if (wanted.has(ordinal)) byOrdinal.set(ordinal, pod);
    else condemned.push(pod);
  }
  condemned.sort((a, b) => (ordinalOf(set, b) ?? 0) - (ordinalOf(set, a) ?? 0));
  const replicas = planReplicas(observed, byOrdinal, parallel);
  // A pod that never gets ready holds up everything, its own update too, as in upstream: people have to delete it.
  if (replicas.blocked) return replicas.steps;
  const inOrder = [...[...byOrdinal].sort(([a], [b]) => a - b).map(([, pod]) => pod), ...condemned.toReversed()];
  const firstUnhealthy = inOrder.find((pod) => !isHealthy(pod));
  const isUp = (pod: Pod) => isHealthy(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, observed.nowMs);
  const surplus = planCondemned(condemned, firstUnhealthy, isUp, parallel);
  if (surplus.blocked || set.spec.updateStrategy?.type === 'OnDelete') return [...replicas.steps, ...surplus.steps];
  return [...replicas.steps, ...surplus.steps, ...planUpdate(observed, byOrdinal)];
}

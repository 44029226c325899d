import { isTerminating, type Pod, type ReplicaSet } from '@steersman/api';
import { leastUsefulFirst } from '../pods/deletion-order.ts';

/** So that one object cannot flood the API server; upstream's burst. */
const PODS_PER_PASS_MAX = 500;

export interface Observed {
  readonly replicaSet: ReplicaSet;
  /** Owned by it, neither finished nor terminating. */
  readonly pods: readonly Pod[];
  /** Active pods per node of all ReplicaSets of the same owner: the crowded nodes lose pods first. */
  readonly neighbours: ReadonlyMap<string, number>;
  /** False while our cache still lacks our own last creates and deletes. */
  readonly settled: boolean;
  readonly nowMs: number;
}
export type Scaling =
  | { readonly kind: 'keep' }
  | { readonly kind: 'create'; readonly count: number }
  | { readonly kind: 'delete'; readonly pods: readonly Pod[] };

/** Decides what one pass should do about the number of pods. */
export function planScaling({ replicaSet, pods, neighbours, settled, nowMs }: Observed): Scaling {
  // A plan made from a cache that is behind our own writes would create the same pods twice.
  if (!settled || isTerminating(replicaSet)) return { kind: 'keep' };
  const missing = (replicaSet.spec.replicas ?? 1) - pods.length;
  const count = Math.min(Math.abs(missing), PODS_PER_PASS_MAX);
  if (missing > 0) return { kind: 'create', count };
  if (missing < 0) return { kind: 'delete', pods: leastUsefulFirst(pods, neighbours, nowMs).slice(0, count) };
  return { kind: 'keep' };
}

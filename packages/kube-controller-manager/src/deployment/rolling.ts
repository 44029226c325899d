import type { Deployment, ReplicaSet } from '@steersman/api';
import { boundsOf } from './bounds.ts';
import { byCreation } from './revision.ts';
import { availableOf, type Resize, reported, sizeOf, total } from './sizes.ts';

/** The size that the new ReplicaSet may have now: as many as the surge leaves room for. */
export function newSize(
  deployment: Deployment,
  newReplicaSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): number {
  const replicas = deployment.spec.replicas ?? 1;
  const current = newReplicaSet === undefined ? 0 : sizeOf(newReplicaSet);
  if (deployment.spec.strategy?.type === 'Recreate' || current > replicas) return replicas;
  const room = replicas + boundsOf(deployment).maxSurge - total(old) - current;
  return current + Math.max(0, Math.min(room, replicas - current));
}

/** Takes up to `budget` pods off ReplicaSets, oldest first; `removable` says how many each can spare. */
function take(
  replicaSets: readonly ReplicaSet[],
  budget: number,
  sizes: Map<ReplicaSet, number>,
  removable: (replicaSet: ReplicaSet) => number,
): number {
  let left = budget;
  for (const replicaSet of replicaSets.toSorted(byCreation)) {
    const size = sizes.get(replicaSet) ?? sizeOf(replicaSet);
    const count = Math.min(left, removable(replicaSet), size);
    if (count <= 0) continue;
    sizes.set(replicaSet, size - count);
    left -= count;
  }
  return budget - left;
}

/**
 * How far old ReplicaSets may shrink now without fewer pods being available than allowed. Pods that are not available
 * anyway go first, so that a rollout that failed does not hold up the one that repairs it.
 */
export function planOldSizes(
  deployment: Deployment,
  newReplicaSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): readonly Resize[] {
  const active = old.filter((replicaSet) => sizeOf(replicaSet) > 0);
  if (active.length === 0) return [];
  const all = newReplicaSet === undefined ? active : [...active, newReplicaSet];
  const minAvailable = (deployment.spec.replicas ?? 1) - boundsOf(deployment).maxUnavailable;
  const newUnavailable = newReplicaSet === undefined ? 0 : sizeOf(newReplicaSet) - availableOf(newReplicaSet);
  const budget = total(all) - minAvailable - newUnavailable;
  if (budget <= 0) return [];
  const sizes = new Map<ReplicaSet, number>();
  take(active, budget, sizes, (replicaSet) => Math.max(0, sizeOf(replicaSet) - availableOf(replicaSet)));
  const spare = reported(all, 'availableReplicas') - minAvailable;
  if (spare > 0) take(active, spare, sizes, (replicaSet) => sizes.get(replicaSet) ?? sizeOf(replicaSet));
  return [...sizes].map(([replicaSet, replicas]) => ({ replicaSet, replicas }));
}

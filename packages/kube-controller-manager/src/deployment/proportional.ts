import type { Deployment, ReplicaSet } from '@steersman/api';
import { boundsOf } from './bounds.ts';
import { byCreation, desiredReplicasOf, maxReplicasOf } from './revision.ts';
import { type Resize, sizeOf, total } from './sizes.ts';

/** Complete for the size it had: all its pods there and available. */
function isSaturated(deployment: Deployment, replicaSet: ReplicaSet | undefined): boolean {
  const replicas = deployment.spec.replicas ?? 1;
  if (replicaSet === undefined) return false;
  return (
    sizeOf(replicaSet) === replicas &&
    desiredReplicasOf(replicaSet) === replicas &&
    (replicaSet.status?.availableReplicas ?? 0) === replicas
  );
}

/** What one ReplicaSet gets of a change, by its share of the size the deployment had. */
function shareOf(replicaSet: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  const size = sizeOf(replicaSet);
  const replicas = deployment.spec.replicas ?? 1;
  if (size === 0 || toAdd === 0 || toAdd === added) return 0;
  const before = maxReplicasOf(replicaSet) ?? deployment.status?.replicas ?? 0;
  const after = replicas + boundsOf(deployment).maxSurge;
  const fraction = replicas === 0 ? -size : before === 0 ? 0 : Math.round((size * after) / before) - size;
  const allowed = toAdd - added;
  return toAdd > 0 ? Math.min(fraction, allowed) : Math.max(fraction, allowed);
}

/**
 * Spreads a change of `spec.replicas` in the middle of a rollout over the ReplicaSets, by their sizes, so that the
 * risk stays spread; what rounding leaves over goes to the largest.
 */
function spread(deployment: Deployment, active: readonly ReplicaSet[]): readonly Resize[] {
  const replicas = deployment.spec.replicas ?? 1;
  const allowed = replicas > 0 ? replicas + boundsOf(deployment).maxSurge : 0;
  const toAdd = allowed - total(active);
  const ageOrder = toAdd > 0 ? (a: ReplicaSet, b: ReplicaSet) => byCreation(b, a) : byCreation;
  const bySize = active.toSorted((a, b) => sizeOf(b) - sizeOf(a) || ageOrder(a, b));
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const replicaSet of bySize) {
    const share = shareOf(replicaSet, deployment, toAdd, added);
    sizes.set(replicaSet, sizeOf(replicaSet) + share);
    added += share;
  }
  const [largest] = bySize;
  if (largest !== undefined) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  return bySize.map((replicaSet) => ({ replicaSet, replicas: sizes.get(replicaSet) ?? 0 }));
}

/** Sizes for a deployment that was scaled or is paused: no step of the rollout, only its size. */
export function planScale(
  deployment: Deployment,
  newReplicaSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): readonly Resize[] {
  const replicas = deployment.spec.replicas ?? 1;
  const all = newReplicaSet === undefined ? old : [...old, newReplicaSet];
  const active = all.filter((replicaSet) => sizeOf(replicaSet) > 0);
  if (active.length <= 1) {
    const only = active[0] ?? newReplicaSet ?? old.toSorted(byCreation).at(-1);
    return only === undefined ? [] : [{ replicaSet: only, replicas }];
  }
  if (isSaturated(deployment, newReplicaSet))
    return old.filter((replicaSet) => sizeOf(replicaSet) > 0).map((replicaSet) => ({ replicaSet, replicas: 0 }));
  return deployment.spec.strategy?.type === 'Recreate' ? [] : spread(deployment, active);
}

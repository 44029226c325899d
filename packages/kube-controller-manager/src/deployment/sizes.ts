import type { ReplicaSet } from '@steersman/api';

/** A ReplicaSet and the size it should have. */
export interface Resize {
  readonly replicaSet: ReplicaSet;
  readonly replicas: number;
}

/** How many pods a ReplicaSet is told to have. */
export function sizeOf({ spec }: ReplicaSet): number {
  return spec.replicas ?? 1;
}
export function total(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, replicaSet) => sum + sizeOf(replicaSet), 0);
}
export function availableOf({ status }: ReplicaSet): number {
  return status?.availableReplicas ?? 0;
}
/** The sum of one of the numbers that ReplicaSets report. */
export function reported(
  replicaSets: readonly ReplicaSet[],
  field: 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas',
): number {
  return replicaSets.reduce((sum, { status }) => sum + (status?.[field] ?? 0), 0);
}

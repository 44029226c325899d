import type { Deployment, DeploymentStatus, ReplicaSet } from '@steersman/api';
import { boundsOf } from './bounds.ts';
import { progressing, replicaFailure, updatedOf, withCondition } from './progress.ts';
import { reported } from './sizes.ts';

export interface StatusInput {
  readonly deployment: Deployment;
  readonly newReplicaSet: ReplicaSet | undefined;
  readonly oldReplicaSets: readonly ReplicaSet[];
  /** The name of the ReplicaSet that this pass created. */
  readonly created: string | undefined;
  readonly createFailure: string | undefined;
  readonly collisionCount: number | undefined;
  readonly nowMs: number;
}

/** The status that an observation amounts to. */
export function statusOf(input: StatusInput): DeploymentStatus {
  const { deployment, newReplicaSet, oldReplicaSets, collisionCount, nowMs } = input;
  const all = newReplicaSet === undefined ? oldReplicaSets : [...oldReplicaSets, newReplicaSet];
  const replicas = deployment.spec.replicas ?? 1;
  const available = reported(all, 'availableReplicas');
  const wanted = all.reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
  const numbers: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: reported(all, 'replicas'),
    updatedReplicas: updatedOf(newReplicaSet),
    readyReplicas: reported(all, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
    terminatingReplicas: reported(all, 'terminatingReplicas'),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
  const enough = available >= replicas - boundsOf(deployment).maxUnavailable;
  const availability = enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  const before = withCondition(deployment.status?.conditions ?? [], availability, nowMs);
  const withProgress = progressing(before, { ...input, numbers });
  const conditions = replicaFailure(withProgress, newReplicaSet, oldReplicaSets, nowMs);
  return { ...dropZeros(numbers), conditions };
}

/** Zeros are left out on the wire, except for what was zero on purpose. */
function dropZeros(numbers: DeploymentStatus): DeploymentStatus {
  const kept = Object.entries(numbers).filter(
    ([name, value]) =>
      value !== 0 || name === 'observedGeneration' || name === 'terminatingReplicas' || name === 'collisionCount',
  );
  return Object.fromEntries(kept);
}

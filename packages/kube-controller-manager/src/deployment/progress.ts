import {
  type Deployment,
  type DeploymentCondition,
  type DeploymentStatus,
  formatTime,
  parseTime,
  type ReplicaSet,
} from '@steersman/api';
import { availableOf, reported } from './sizes.ts';

/** Whether the new ReplicaSet is all there is, and all of it is available. */
export function isComplete(deployment: Deployment, newReplicaSet: ReplicaSet, allPods: number): boolean {
  const replicas = deployment.spec.replicas ?? 1;
  const updated = newReplicaSet.status?.replicas ?? 0;
  return updated === replicas && allPods === replicas && availableOf(newReplicaSet) === replicas;
}

export function conditionOf(status: DeploymentStatus | undefined, type: string): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Sets a condition; one that says the same stays as it is, and one with the same status keeps its transition time. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  wanted: Omit<DeploymentCondition, 'lastUpdateTime' | 'lastTransitionTime'>,
  nowMs: number,
): readonly DeploymentCondition[] {
  const known = conditions.find(({ type }) => type === wanted.type);
  if (known !== undefined && known.status === wanted.status && known.reason === wanted.reason) return conditions;
  const now = formatTime(nowMs);
  const lastTransitionTime = known?.status === wanted.status ? known.lastTransitionTime : now;
  const condition = { ...wanted, lastUpdateTime: now, lastTransitionTime };
  return [...conditions.filter(({ type }) => type !== wanted.type), condition];
}

/** Progress since the last status: more updated, ready or available pods, or fewer old ones. */
function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** When the deployment will have made no progress for too long, in milliseconds since the epoch. */
export function deadlineOf(deployment: Deployment, condition: DeploymentCondition | undefined): number | undefined {
  const seconds = deployment.spec.progressDeadlineSeconds;
  if (seconds === undefined || condition === undefined || condition.reason === 'NewReplicaSetAvailable')
    return undefined;
  const from = parseTime(condition.lastUpdateTime ?? '');
  return Number.isNaN(from) ? undefined : from + seconds * 1000;
}

/** MaxInt32 stands for no deadline, as in upstream. */
export function hasDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== 2 ** 31 - 1;
}

export interface ProgressInput {
  readonly deployment: Deployment;
  readonly newReplicaSet: ReplicaSet | undefined;
  /** Set when this pass created the new ReplicaSet. */
  readonly created: string | undefined;
  readonly createFailure: string | undefined;
  /** The numbers that will be written. */
  readonly numbers: DeploymentStatus;
  readonly nowMs: number;
}

/** The Progressing condition's next value: reasons and messages are upstream's. */
export function progressing(
  conditions: readonly DeploymentCondition[],
  input: ProgressInput,
): readonly DeploymentCondition[] {
  const { deployment, newReplicaSet, numbers, nowMs } = input;
  const current = conditions.find(({ type }) => type === 'Progressing');
  const set = (status: string, reason: string, message: string) =>
    withCondition(conditions, { type: 'Progressing', status, reason, message }, nowMs);
  if (!hasDeadline(deployment)) return conditions.filter(({ type }) => type !== 'Progressing');
  if (input.createFailure !== undefined) return set('False', 'ReplicaSetCreateError', input.createFailure);
  if (deployment.spec.paused === true)
    return current?.reason === 'ProgressDeadlineExceeded'
      ? conditions
      : set('Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (current?.reason === 'DeploymentPaused') return set('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  if (input.created !== undefined)
    return set('True', 'NewReplicaSetCreated', `Created new replica set "${input.created}"`);
  const subject =
    newReplicaSet === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${newReplicaSet.metadata.name}"`;
  if (current === undefined && newReplicaSet !== undefined)
    return set('True', 'FoundNewReplicaSet', `Found new replica set "${newReplicaSet.metadata.name}"`);
  const wasComplete =
    (numbers.replicas ?? 0) === (numbers.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  if (wasComplete) return conditions;
  if (newReplicaSet !== undefined && isComplete(deployment, newReplicaSet, numbers.replicas ?? 0))
    return set('True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`);
  if (hasProgressed(deployment.status ?? {}, numbers)) {
    // The update time moves with every bit of progress: the deadline counts from it.
    const transition = current?.status === 'True' ? current.lastTransitionTime : formatTime(nowMs);
    const condition = {
      type: 'Progressing',
      status: 'True',
      reason: 'ReplicaSetUpdated',
      message: `${subject} is progressing.`,
      lastUpdateTime: formatTime(nowMs),
      lastTransitionTime: transition,
    };
    return [...conditions.filter(({ type }) => type !== 'Progressing'), condition];
  }
  const deadline = deadlineOf(deployment, current);
  if (deadline !== undefined && nowMs > deadline)
    return set('False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`);
  return conditions;
}

/** The ReplicaFailure condition of the new ReplicaSet, or of any old one, is the deployment's too. */
export function replicaFailure(
  conditions: readonly DeploymentCondition[],
  newReplicaSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  nowMs: number,
): readonly DeploymentCondition[] {
  const failing = [newReplicaSet, ...old]
    .map((replicaSet) => replicaSet?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure'))
    .find((found) => found !== undefined);
  if (failing === undefined) return conditions.filter(({ type }) => type !== 'ReplicaFailure');
  const { type, status, reason, message } = failing;
  return withCondition(
    conditions,
    { type, status, ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) },
    nowMs,
  );
}

/** Sums that several files need. */
export function updatedOf(newReplicaSet: ReplicaSet | undefined): number {
  return newReplicaSet === undefined ? 0 : reported([newReplicaSet], 'replicas');
}

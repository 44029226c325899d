import { formatTime, type Pod, type ReplicaSet, type ReplicaSetCondition, type ReplicaSetStatus } from '@steersman/api';
import { messageOf } from '../pods/pod-control.ts';
import { isAvailable, isReady } from '../pods/pod-state.ts';
import type { ScalingFailure } from './act.ts';

/** The ReplicaFailure condition: set while creating or deleting fails, absent otherwise. */
function conditionsOf(
  replicaSet: ReplicaSet,
  failure: ScalingFailure | undefined,
  nowMs: number,
): readonly ReplicaSetCondition[] {
  const current = replicaSet.status?.conditions ?? [];
  const others = current.filter(({ type }) => type !== 'ReplicaFailure');
  if (failure === undefined) return others;
  const known = current.find(({ type }) => type === 'ReplicaFailure');
  if (known !== undefined && known.reason === failure.reason) return current;
  const condition = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: failure.reason,
    message: messageOf(failure.cause),
    lastTransitionTime: formatTime(nowMs),
  };
  return [...others, condition];
}

export interface StatusInput {
  readonly replicaSet: ReplicaSet;
  /** Owned and active. */
  readonly pods: readonly Pod[];
  /** Owned, unfinished and on their way out. */
  readonly terminating: number;
  readonly failure: ScalingFailure | undefined;
  readonly nowMs: number;
}

/** The status that an observation amounts to. */
export function statusOf({ replicaSet, pods, terminating, failure, nowMs }: StatusInput): ReplicaSetStatus {
  const templateLabels = Object.entries(replicaSet.spec.template?.metadata?.labels ?? {});
  const fullyLabeled = pods.filter(({ metadata }) =>
    templateLabels.every(([name, value]) => metadata.labels?.[name] === value),
  );
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const conditions = conditionsOf(replicaSet, failure, nowMs);
  const available = pods.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length;
  const ready = pods.filter(isReady).length;
  return {
    replicas: pods.length,
    ...(fullyLabeled.length === 0 ? {} : { fullyLabeledReplicas: fullyLabeled.length }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    terminatingReplicas: terminating,
    observedGeneration: replicaSet.metadata.generation ?? 0,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

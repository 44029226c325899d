import { isNamespaceTerminating, type ReplicaSet, type ResourceType } from '@steersman/api';
import type { Expectations } from '@steersman/client';
import { createExpected, deleteExpected } from '../pods/expected.ts';
import { type PodControl, podFromTemplate } from '../pods/pod-control.ts';
import type { Scaling } from './plan.ts';

/** What went wrong; a value, because partial success is an expected outcome. */
export interface ScalingFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly cause: unknown;
}
export type Act = (
  scaling: Scaling,
  replicaSet: ReplicaSet,
  signal: AbortSignal,
) => Promise<ScalingFailure | undefined>;

/** Performs a scaling, telling the expectations what the cache should show soon. */
export function scalingActor(control: PodControl, expectations: Expectations, ownerType: ResourceType): Act {
  async function create(
    count: number,
    replicaSet: ReplicaSet,
    signal: AbortSignal,
  ): Promise<ScalingFailure | undefined> {
    const pod = podFromTemplate(replicaSet.spec.template ?? {}, replicaSet, ownerType);
    const { failure } = await createExpected(expectations, replicaSet, count, () =>
      control.create(pod, replicaSet, signal),
    );
    return failure === undefined || isNamespaceTerminating(failure)
      ? undefined
      : { reason: 'FailedCreate', cause: failure };
  }

  async function remove(
    scaling: Scaling & { kind: 'delete' },
    replicaSet: ReplicaSet,
    signal: AbortSignal,
  ): Promise<ScalingFailure | undefined> {
    const { failure } = await deleteExpected(expectations, replicaSet, scaling.pods, (pod) =>
      control.delete(pod, replicaSet, signal),
    );
    return failure === undefined ? undefined : { reason: 'FailedDelete', cause: failure };
  }

  return async function act(scaling, replicaSet, signal) {
    if (scaling.kind === 'create') return create(scaling.count, replicaSet, signal);
    if (scaling.kind === 'delete') return remove(scaling, replicaSet, signal);
    return undefined;
  };
}

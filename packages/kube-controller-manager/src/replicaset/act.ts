import { isNamespaceTerminating, isNotFound, keyOf, type ReplicaSet, type ResourceType } from '@steersman/api';
import type { Expectations } from '@steersman/client';
import { type PodControl, podFromTemplate } from '../pods/pod-control.ts';
import { slowStart } from '../pods/slow-start.ts';
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
    const key = keyOf(replicaSet);
    const pod = podFromTemplate(replicaSet.spec.template ?? {}, replicaSet, ownerType);
    expectations.expectCreations(key, count);
    const { succeeded, failure } = await slowStart(count, () => control.create(pod, replicaSet, signal));
    for (let missing = count - succeeded; missing > 0; missing -= 1) expectations.creationObserved(key);
    return failure === undefined || isNamespaceTerminating(failure)
      ? undefined
      : { reason: 'FailedCreate', cause: failure };
  }

  async function remove(
    scaling: Scaling & { kind: 'delete' },
    replicaSet: ReplicaSet,
    signal: AbortSignal,
  ): Promise<ScalingFailure | undefined> {
    const key = keyOf(replicaSet);
    expectations.expectDeletions(key, scaling.pods.map(keyOf));
    const results = await Promise.allSettled(
      scaling.pods.map(async (pod) => {
        try {
          await control.delete(pod, replicaSet, signal);
        } catch (error) {
          expectations.deletionObserved(key, keyOf(pod));
          if (!isNotFound(error)) throw error;
        }
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    return failed === undefined ? undefined : { reason: 'FailedDelete', cause: failed.reason };
  }

  return async function act(scaling, replicaSet, signal) {
    if (scaling.kind === 'create') return create(scaling.count, replicaSet, signal);
    if (scaling.kind === 'delete') return remove(scaling, replicaSet, signal);
    return undefined;
  };
}

import { isTerminating, type StatefulSetStatus } from '@steersman/api';
import { isAvailable, isReady } from '../pods/pod-state.ts';
import { type Observed, revisionOf } from './plan.ts';

/** The status that an observation amounts to; a finished update makes the new revision the current one. */
export function statusOf(
  { set, pods, currentRevision, updateRevision, nowMs }: Observed,
  collisionCount: number | undefined,
): StatefulSetStatus {
  const present = pods.filter(({ status }) => status?.phase !== 'Failed' && status?.phase !== 'Succeeded');
  const live = present.filter((pod) => !isTerminating(pod));
  const ready = live.filter(isReady).length;
  const available = live.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)).length;
  const updated = live.filter((pod) => revisionOf(pod) === updateRevision).length;
  const current = live.filter((pod) => revisionOf(pod) === currentRevision).length;
  const replicas = set.spec.replicas ?? 1;
  const complete =
    set.spec.updateStrategy?.type !== 'OnDelete' &&
    updated === present.length &&
    updated === replicas &&
    ready === replicas;
  const now = complete ? { revision: updateRevision, count: updated } : { revision: currentRevision, count: current };
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: present.length,
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(now.count === 0 ? {} : { currentReplicas: now.count }),
    ...(updated === 0 ? {} : { updatedReplicas: updated }),
    currentRevision: now.revision,
    updateRevision,
    collisionCount: collisionCount ?? 0,
    availableReplicas: available,
  };
}

/** The status that ReplicaSets and ReplicationControllers share. */
import { type FieldError, path, type ReplicaSetStatus } from '@steersman/api';
import { atMost, nonNegativeFields } from '../checks.ts';

const STATUS = path('status');
const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;

/** Counts that are none below zero, and none above what they are part of. */
export function validateReplicaStatus(status: ReplicaSetStatus | undefined): FieldError[] {
  const { replicas, readyReplicas, availableReplicas } = status ?? {};
  const available = STATUS.child('availableReplicas');
  return [
    ...nonNegativeFields(status, ['replicas', ...PARTS, 'observedGeneration'], STATUS),
    ...PARTS.flatMap((part) =>
      atMost(status?.[part], replicas, 'cannot be greater than status.replicas', STATUS.child(part)),
    ),
    ...atMost(availableReplicas, readyReplicas, 'cannot be greater than readyReplicas', available),
  ];
}

/** What ReplicaSets and ReplicationControllers have in common: the same numbers, and pods of one template. */
import type { KubeObject, PodTemplateSpec, ReplicaSetStatus } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, containerColumns, integer, nameColumn, text } from '../columns.ts';
import { keepSpec, specAndStatus, withTemplate } from '../preparation.ts';
import { validateReplicaStatus } from './replica-status.ts';

interface ReplicaKeeper extends KubeObject {
  readonly spec: { readonly replicas?: number | undefined; readonly template?: PodTemplateSpec | undefined };
  readonly status?: ReplicaSetStatus | undefined;
}
type Shared = 'validated' | 'prepareForCreate' | 'prepareForUpdate' | 'status' | 'columns' | 'selectable';

/** `selectorText` is the selector as kubectl prints it. */
export function replicaStrategy<T extends ReplicaKeeper>(
  selectorText: (object: T) => string,
): Pick<Strategy<T>, Shared> {
  return {
    validated: true,
    ...withTemplate(
      specAndStatus<T>(() => ({ replicas: 0 })),
      ({ spec }) => spec?.template as PodTemplateSpec | undefined,
    ),
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate: ({ status }) => validateReplicaStatus(status),
    },
    columns: [
      nameColumn(),
      integer('Desired', 'Wanted pods.', ({ spec }) => spec.replicas ?? 0),
      integer('Current', 'Existing pods.', ({ status }) => status?.replicas ?? 0),
      integer('Ready', 'Ready pods.', ({ status }) => status?.readyReplicas ?? 0),
      ageColumn(),
      ...containerColumns<T>(({ spec }) => spec.template),
      text('Selector', 'Which pods belong to it.', selectorText, 1),
    ],
    selectable: {
      reads: ['status.replicas'],
      fields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
    },
  };
}

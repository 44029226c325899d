/** ReplicaSets. */
import { type FieldError, path, type ReplicaSet } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable, nonNegative } from '../checks.ts';
import { ageColumn, containerColumns, integer, nameColumn, selectorText, text } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { specAndStatus, withTemplate } from '../preparation.ts';
import { validateReplicaStatus } from './replica-status.ts';
import { templateWarnings, validateWorkloadSelector, validateWorkloadTemplate } from './workload.ts';

const SPEC = path('spec');

export const replicaSet: Strategy<ReplicaSet> = {
  validated: true,
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  ...withTemplate(
    specAndStatus<ReplicaSet>(() => ({ replicas: 0 })),
    ({ spec }) => spec?.template,
  ),
  validate,
  validateUpdate: (object, old) => [
    ...validate(object),
    ...immutable(object.spec.selector, old.spec.selector, SPEC.child('selector')),
  ],
  status: {
    prepareForUpdate(draft, old) {
      draft.spec = structuredClone(old.spec) as typeof draft.spec;
    },
    validateUpdate: ({ status }) => validateReplicaStatus(status),
  },
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
  columns: [
    nameColumn(),
    integer('Desired', 'Wanted pods.', ({ spec }) => spec.replicas ?? 0),
    integer('Current', 'Existing pods.', ({ status }) => status?.replicas ?? 0),
    integer('Ready', 'Ready pods.', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn(),
    ...containerColumns<ReplicaSet>(({ spec }) => spec.template),
    text('Selector', 'Which pods belong to it.', ({ spec }) => selectorText(spec.selector), 1),
  ],
  selectable: {
    reads: ['status.replicas'],
    fields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  },
};

function validate({ spec }: ReplicaSet): FieldError[] {
  return [
    ...nonNegative(spec.replicas, SPEC.child('replicas')),
    ...nonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds')),
    ...validateWorkloadSelector(spec.selector, 'deployment', SPEC.child('selector')),
    ...validateWorkloadTemplate(spec.template, spec.selector, SPEC.child('template')),
  ];
}

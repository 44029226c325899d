/** ReplicationControllers. */
import { type FieldError, fieldErrors, mapSelectorMatcher, path, type ReplicationController } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { nonNegative, oneOf } from '../checks.ts';
import { ageColumn, containerColumns, integer, mapText, nameColumn, text } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { validatePodTemplate } from '../pod-spec/pod-spec.ts';
import { specAndStatus } from '../preparation.ts';

const SPEC = path('spec');

export const replicationController: Strategy<ReplicationController> = {
  validated: true,
  defaults({ spec, metadata }) {
    if (spec === undefined) return;
    spec.replicas ??= 1;
    const labels = spec.template?.metadata?.labels;
    if (labels !== undefined) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
    }
    defaultPodTemplate(spec.template);
  },
  ...specAndStatus<ReplicationController>(() => ({ replicas: 0 })),
  validate,
  validateUpdate: validate,
  columns: [
    nameColumn(),
    integer('Desired', 'Wanted pods.', ({ spec }) => spec.replicas ?? 0),
    integer('Current', 'Existing pods.', ({ status }) => status?.replicas ?? 0),
    integer('Ready', 'Ready pods.', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn(),
    ...containerColumns<ReplicationController>(({ spec }) => spec.template),
    text('Selector', 'Which pods belong to it.', ({ spec }) => mapText(spec.selector), 1),
  ],
  selectableFields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
};

function validate({ spec }: ReplicationController): FieldError[] {
  const at = SPEC.child('template');
  const errors = [
    ...nonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds')),
    ...nonNegative(spec.replicas, SPEC.child('replicas')),
  ];
  if (Object.keys(spec.selector ?? {}).length === 0) errors.push(fieldErrors.required(SPEC.child('selector'), ''));
  if (spec.template === undefined) return [...errors, fieldErrors.required(at, '')];
  const labels = spec.template.metadata?.labels ?? {};
  if (Object.keys(spec.selector ?? {}).length > 0 && !mapSelectorMatcher(spec.selector).matches(labels)) {
    errors.push(
      fieldErrors.invalid(at.child('metadata', 'labels'), labels, '`selector` does not match template `labels`'),
    );
  }
  errors.push(...validatePodTemplate(spec.template, at));
  if (spec.template.spec?.restartPolicy !== 'Always')
    errors.push(...oneOf(spec.template.spec?.restartPolicy, ['Always'], at.child('spec', 'restartPolicy')));
  return errors;
}

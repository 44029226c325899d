/** ReplicationControllers. */
import { type FieldError, fieldErrors, mapSelectorMatcher, path, type ReplicationController } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { replicaStrategy } from '../apps/replica-strategy.ts';
import { nonNegative, oneOf } from '../checks.ts';
import { mapText } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { validatePodTemplate } from '../pod-spec/pod-spec.ts';
import { podTemplateWarnings } from '../pod-spec/warnings.ts';

const SPEC = path('spec');

export const replicationController: Strategy<ReplicationController> = {
  ...replicaStrategy(({ spec }) => mapText(spec.selector)),
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
  validate,
  validateUpdate: validate,
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, SPEC.child('template')),
};

function validate({ spec }: ReplicationController): FieldError[] {
  const at = SPEC.child('template');
  const { template, replicas } = spec;
  const selector = spec.selector ?? {};
  const hasSelector = Object.keys(selector).length > 0;
  const errors = [
    ...nonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds')),
    ...(hasSelector ? [] : [fieldErrors.required(SPEC.child('selector'), '')]),
    ...(replicas === undefined
      ? [fieldErrors.required(SPEC.child('replicas'), '')]
      : nonNegative(replicas, SPEC.child('replicas'))),
  ];
  if (template === undefined) return [...errors, fieldErrors.required(at, '')];
  const labels = template.metadata?.labels;
  if (hasSelector && !mapSelectorMatcher(selector).matches(labels ?? {})) {
    const detail = '`selector` does not match template `labels`';
    errors.push(fieldErrors.invalid(at.child('metadata', 'labels'), labels ?? null, detail));
  }
  errors.push(...validatePodTemplate(template, at));
  if (template.spec?.restartPolicy !== 'Always')
    errors.push(...oneOf(template.spec?.restartPolicy, ['Always'], at.child('spec', 'restartPolicy')));
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in ReplicationController is not Supported';
    errors.push(fieldErrors.forbidden(at.child('spec', 'activeDeadlineSeconds'), detail));
  }
  return errors;
}

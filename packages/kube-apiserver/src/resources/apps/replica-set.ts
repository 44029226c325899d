/** ReplicaSets. */
import { type FieldError, path, type ReplicaSet } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable, nonNegative } from '../checks.ts';
import { selectorText } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { replicaStrategy } from './replica-strategy.ts';
import { templateWarnings, validateWorkloadSelector, validateWorkloadTemplate } from './workload.ts';

const SPEC = path('spec');

export const replicaSet: Strategy<ReplicaSet> = {
  ...replicaStrategy(({ spec }) => selectorText(spec.selector)),
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  validate,
  validateUpdate: (object, old) => [
    ...validate(object),
    ...immutable(object.spec.selector, old.spec.selector, SPEC.child('selector')),
  ],
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
};

function validate({ spec }: ReplicaSet): FieldError[] {
  return [
    ...nonNegative(spec.replicas, SPEC.child('replicas')),
    ...nonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds')),
    ...validateWorkloadSelector(spec.selector, 'deployment', SPEC.child('selector')),
    ...validateWorkloadTemplate(spec.template, spec.selector, SPEC.child('template')),
  ];
}

/** PodDisruptionBudgets. */
import { type FieldError, fieldErrors, internalForm, type PodDisruptionBudget, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { validateAtMostAll, validateCountOrPercent } from '../apps/rolling.ts';
import { nonNegativeFields, oneOf } from '../checks.ts';
import { ageColumn, integer, nameColumn, text } from '../columns.ts';
import { validateConditions } from '../conditions.ts';
import { specAndStatus } from '../preparation.ts';
import { validateLabelSelector } from '../selectors.ts';

const SPEC = path('spec');

export const podDisruptionBudget: Strategy<PodDisruptionBudget> = {
  validated: true,
  allowUnconditionalUpdate: false,
  ...specAndStatus<PodDisruptionBudget>(() => ({
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
  })),
  validate,
  validateUpdate: validate,
  status: { validateUpdate: validateStatus },
  columns: [
    nameColumn(),
    text('Min Available', 'Pods that must stay.', ({ spec }) => String(spec?.minAvailable ?? 'N/A')),
    text('Max Unavailable', 'Pods that may be missing.', ({ spec }) => String(spec?.maxUnavailable ?? 'N/A')),
    integer('Allowed Disruptions', 'Pods that may be evicted now.', ({ status }) => status?.disruptionsAllowed ?? 0),
    ageColumn(),
  ],
};

function validate({ spec }: PodDisruptionBudget): FieldError[] {
  if (spec === undefined) return [];
  const both = spec.minAvailable !== undefined && spec.maxUnavailable !== undefined;
  const value = internalForm(spec, 'k8s.io/api/policy/v1.PodDisruptionBudgetSpec');
  const policy = spec.unhealthyPodEvictionPolicy;
  return [
    ...(both ? [fieldErrors.invalid(SPEC, value, 'minAvailable and maxUnavailable cannot be both set')] : []),
    ...(['minAvailable', 'maxUnavailable'] as const).flatMap((field) => [
      ...validateCountOrPercent(spec[field], SPEC.child(field)),
      ...validateAtMostAll(spec[field], SPEC.child(field)),
    ]),
    ...validateLabelSelector(spec.selector, SPEC.child('selector')),
    ...(policy === undefined
      ? []
      : oneOf(policy, ['AlwaysAllow', 'IfHealthyBudget'], SPEC.child('unhealthyPodEvictionPolicy'))),
  ];
}

function validateStatus({ status }: PodDisruptionBudget): FieldError[] {
  const at = path('status');
  const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;
  return [...validateConditions(status?.conditions, at.child('conditions')), ...nonNegativeFields(status, counts, at)];
}

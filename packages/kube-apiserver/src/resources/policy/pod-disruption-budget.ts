/** PodDisruptionBudgets. */
import { type FieldError, fieldErrors, type PodDisruptionBudget, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { validateAtMostAll, validateCountOrPercent } from '../apps/rolling.ts';
import { oneOf } from '../checks.ts';
import { ageColumn, integer, nameColumn, text } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';
import { validateLabelSelector } from '../selectors.ts';

const SPEC = path('spec');

export const podDisruptionBudget: Strategy<PodDisruptionBudget> = {
  validated: true,
  ...specAndStatus<PodDisruptionBudget>(() => ({
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
  })),
  validate,
  validateUpdate: validate,
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
  const errors: FieldError[] = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    errors.push(fieldErrors.invalid(SPEC, spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    errors.push(
      ...validateCountOrPercent(spec[field], SPEC.child(field)),
      ...validateAtMostAll(spec[field], SPEC.child(field)),
    );
  }
  if (spec.unhealthyPodEvictionPolicy !== undefined) {
    errors.push(
      ...oneOf(
        spec.unhealthyPodEvictionPolicy,
        ['AlwaysAllow', 'IfHealthyBudget'],
        SPEC.child('unhealthyPodEvictionPolicy'),
      ),
    );
  }
  return [...errors, ...validateLabelSelector(spec.selector, SPEC.child('selector'))];
}

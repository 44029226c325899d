/** How fast an autoscaler may move. */
import { type FieldError, type FieldPath, fieldErrors, type HorizontalPodAutoscaler } from '@steersman/api';
import { each, oneOf } from '../checks.ts';
import { quantityOf } from '../pod-spec/quantities.ts';

type Behavior = NonNullable<HorizontalPodAutoscaler['spec']['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;
type Policy = NonNullable<Rules['policies']>[number];

// Upstream's bounds: the controller remembers what it did for this long.
const PERIOD_SECONDS_MAX = 1800;
const WINDOW_SECONDS_MAX = 3600;

export function validateBehavior(behavior: Behavior | undefined, at: FieldPath): FieldError[] {
  return [
    ...validateRules(behavior?.scaleUp, at.child('scaleUp')),
    ...validateRules(behavior?.scaleDown, at.child('scaleDown')),
  ];
}

function validateRules(rules: Rules | undefined, at: FieldPath): FieldError[] {
  if (rules === undefined) return [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies, tolerance } = rules;
  const where = at.child('stabilizationWindowSeconds');
  const errors: FieldError[] = [];
  if (window !== undefined && window < 0)
    errors.push(fieldErrors.invalid(where, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > WINDOW_SECONDS_MAX)
    errors.push(fieldErrors.invalid(where, window, `must be less than or equal to ${WINDOW_SECONDS_MAX}`));
  if (selectPolicy !== undefined)
    errors.push(...oneOf(selectPolicy, ['Disabled', 'Max', 'Min'], at.child('selectPolicy')));
  if ((policies ?? []).length === 0)
    errors.push(fieldErrors.required(at.child('policies'), 'must specify at least one Policy'));
  errors.push(...each(policies, at.child('policies'), validatePolicy));
  const amount = quantityOf(tolerance);
  if (amount !== undefined && amount.sign() < 0)
    errors.push(fieldErrors.invalid(at.child('tolerance'), amount.toString(), 'must be greater than or equal to 0'));
  return errors;
}

function validatePolicy({ type, value, periodSeconds }: Policy, at: FieldPath): FieldError[] {
  const period = at.child('periodSeconds');
  const errors = oneOf(type, ['Percent', 'Pods'], at.child('type'));
  if (!(value > 0)) errors.push(fieldErrors.invalid(at.child('value'), value ?? 0, 'must be greater than zero'));
  if (!(periodSeconds > 0)) errors.push(fieldErrors.invalid(period, periodSeconds ?? 0, 'must be greater than zero'));
  if (periodSeconds > PERIOD_SECONDS_MAX)
    errors.push(fieldErrors.invalid(period, periodSeconds, `must be less than or equal to ${PERIOD_SECONDS_MAX}`));
  return errors;
}

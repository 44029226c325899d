/** Tolerations: which taints a pod can live with. */
import { type FieldError, type FieldPath, fieldErrors, names, type Toleration } from '@steersman/api';
import { each, empty, invalidFor, oneOfListed } from '../checks.ts';

/** Upstream lists the effects of taints and tolerations in this order. */
export const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
/** Behind a gate that v1.36 has off; upstream's cause names them all the same. */
const COMPARISONS = ['Lt', 'Gt'];

export function validateTolerations(tolerations: readonly Toleration[] | undefined, at: FieldPath): FieldError[] {
  return each(tolerations, at, validateToleration);
}

function validateToleration(toleration: Toleration, at: FieldPath): FieldError[] {
  const { key, operator, effect, tolerationSeconds } = toleration;
  const errors = empty(key) ? [] : invalidFor(names.qualifiedName(key), key, at.child('key'));
  if (empty(key) && operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(fieldErrors.invalid(at.child('operator'), operator ?? '', detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(fieldErrors.invalid(at.child('effect'), effect ?? '', detail));
  }
  return [
    ...errors,
    ...validateOperator(toleration, at.child('operator')),
    ...(empty(effect) ? [] : oneOfListed(effect, TAINT_EFFECTS, at.child('effect'))),
  ];
}

function validateOperator({ operator, value = '' }: Toleration, at: FieldPath): FieldError[] {
  if (empty(operator) || operator === 'Equal') {
    const messages = names.labelValue(value);
    return messages.length > 0 ? [fieldErrors.invalid(at, value, messages.join(';'))] : [];
  }
  if (operator === 'Exists')
    return value === '' ? [] : [fieldErrors.invalid(at, value, "value must be empty when `operator` is 'Exists'")];
  const known = ['Equal', 'Exists', ...(COMPARISONS.includes(operator) ? COMPARISONS : [])];
  return [fieldErrors.notSupported(at, operator, known)];
}

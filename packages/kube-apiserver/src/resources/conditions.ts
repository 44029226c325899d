/** Conditions of the common form (API conventions, "Typical status properties"), as kinds newer than it require them. */
import { type Condition, type FieldError, type FieldPath, fieldErrors, names } from '@steersman/api';
import { each, empty, invalidFor, oneOf, unique } from './checks.ts';

const REASON_BYTES_MAX = 1024;
const MESSAGE_BYTES_MAX = 32 * 1024;
const REASON_FORMAT = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const REASON = new RegExp(`^${REASON_FORMAT}$`);
const REASON_MESSAGE = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${REASON_FORMAT}')`;

export function validateConditions(conditions: readonly Condition[] | undefined, at: FieldPath): FieldError[] {
  return [
    ...unique(conditions, ({ type }, index) => ({ value: type, at: at.index(index) })),
    ...each(conditions, at, validateCondition),
  ];
}

function validateCondition(condition: Condition, at: FieldPath): FieldError[] {
  const { type, status, observedGeneration = 0, lastTransitionTime, message = '' } = condition;
  const negative = 'must be greater than or equal to zero';
  return [
    ...(empty(type)
      ? [fieldErrors.required(at.child('type'), 'is required')]
      : invalidFor(names.qualifiedName(type), type, at.child('type'))),
    ...(empty(status)
      ? [fieldErrors.required(at.child('status'), '')]
      : oneOf(status, ['False', 'True', 'Unknown'], at.child('status'))),
    ...(observedGeneration < 0
      ? [fieldErrors.invalid(at.child('observedGeneration'), observedGeneration, negative)]
      : []),
    ...(lastTransitionTime ? [] : [fieldErrors.required(at.child('lastTransitionTime'), '')]),
    ...validateReason(condition.reason, at.child('reason')),
    ...(Buffer.byteLength(message) > MESSAGE_BYTES_MAX
      ? [fieldErrors.tooLong(at.child('message'), '', MESSAGE_BYTES_MAX)]
      : []),
  ];
}

function validateReason(reason: string | undefined, at: FieldPath): FieldError[] {
  if (empty(reason)) return [fieldErrors.required(at, '')];
  // Long ones are refused before the pattern is tried on them.
  if (Buffer.byteLength(reason) > REASON_BYTES_MAX) return [fieldErrors.tooLong(at, '', REASON_BYTES_MAX)];
  return REASON.test(reason) ? [] : [fieldErrors.invalid(at, reason, REASON_MESSAGE)];
}

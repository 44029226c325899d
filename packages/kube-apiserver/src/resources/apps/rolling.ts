/** Numbers that may be given as a count or as a percentage of the replicas. */
import { type FieldError, type FieldPath, fieldErrors, names } from '@steersman/api';
import { invalidFor, nonNegative } from '../checks.ts';

/** A count that is not negative, or a percentage such as `25%`. */
export function validateCountOrPercent(value: number | string | undefined, at: FieldPath): FieldError[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? invalidFor(names.percent(value), value, at) : nonNegative(value, at);
}

/** A share of the whole: at most 100%. */
export function validateAtMostAll(value: number | string | undefined, at: FieldPath): FieldError[] {
  return typeof value === 'string' && percentOf(value) > 100
    ? [fieldErrors.invalid(at, value, 'must not be greater than 100%')]
    : [];
}

/** The count, or the percentage's number. Zero when it is neither. */
export function amountOf(value: number | string | undefined): number {
  return typeof value === 'string' ? percentOf(value) : (value ?? 0);
}

function percentOf(text: string): number {
  const match = /^(\d+)%$/.exec(text);
  return match === null ? 0 : Number(match[1]);
}

/** Rules about one value, and what counts as having one. */
import type { FactRule } from '../facts.ts';
import { type FieldError, type FieldPath, fieldErrors } from '../field-errors.ts';
import type { Field } from '../schema/schema.ts';
import { formatErrors } from './formats.ts';

/** A value other than null and the empty list or map. */
export function isPresent(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  return true;
}

/** Whether somebody chose a value: the zero of a field that is no pointer counts as nothing. */
export function isSet(value: unknown, { pointer, schema }: Field): boolean {
  if (!isPresent(value)) return false;
  if (schema.kind === 'map') return Object.keys(value as object).length > 0;
  return pointer || schema.kind !== 'scalar' || (value !== '' && value !== 0 && value !== false);
}

/** What one rule says about one value. */
export function valueErrors({ rule, value: limit }: FactRule, value: unknown, at: FieldPath): readonly FieldError[] {
  switch (rule) {
    case 'minimum':
      if (Number(value) >= Number(limit)) return [];
      return [fieldErrors.invalid(at, value, `must be greater than or equal to ${Number(limit)}`)];
    case 'maximum':
      if (Number(value) <= Number(limit)) return [];
      return [fieldErrors.invalid(at, value, `must be less than or equal to ${Number(limit)}`)];
    case 'maxLength':
      return [...String(value)].length <= Number(limit) ? [] : [tooManyCharacters(at, Number(limit))];
    case 'maxBytes':
      if (Buffer.byteLength(String(value)) <= Number(limit)) return [];
      return [fieldErrors.tooLong(at, value, Number(limit))];
    case 'format':
      return typeof value === 'string' ? formatErrors(String(limit), value, at) : [];
    default:
      return [];
  }
}

/** Lengths in characters have a text of their own. */
function tooManyCharacters(at: FieldPath, max: number): FieldError {
  const message = `Too long: may not be more than ${max} characters`;
  return { type: 'FieldValueTooLong', field: at.toString(), message };
}

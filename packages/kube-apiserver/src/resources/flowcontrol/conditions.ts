/** Conditions of the flow-control kinds. */
import { type FieldError, type FieldPath, fieldErrors } from '@steersman/api';
import { each, empty, unique } from '../checks.ts';

export function validateConditions(
  conditions: readonly { readonly type?: string | undefined }[] | undefined,
  at: FieldPath,
): FieldError[] {
  return [
    ...unique(conditions, ({ type = '' }, index) => ({ value: type, at: at.index(index).child('type') })),
    ...each(conditions, at, ({ type }, where) =>
      empty(type) ? [fieldErrors.required(where.child('type'), 'must not be empty')] : [],
    ),
  ];
}

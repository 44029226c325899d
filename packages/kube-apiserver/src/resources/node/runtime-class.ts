/** RuntimeClasses. */
import { type FieldError, names, path, type RuntimeClass } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable, invalidFor, required } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

export const runtimeClass: Strategy<RuntimeClass> = {
  validated: true,
  validate,
  validateUpdate: (object, old) => immutable(object.handler, old.handler, path('handler')),
  columns: [nameColumn(), text('Handler', 'What runs its containers.', ({ handler }) => handler), ageColumn()],
};

function validate({ handler }: RuntimeClass): FieldError[] {
  return handler
    ? invalidFor(names.dns1123Label(handler), handler, path('handler'))
    : required(handler, path('handler'));
}

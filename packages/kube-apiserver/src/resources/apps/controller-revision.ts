/** ControllerRevisions: never changed once written. */
import { type ControllerRevision, controllerOf, type FieldError, fieldErrors, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable, nonNegative } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

export const controllerRevision: Strategy<ControllerRevision> = {
  validated: true,
  validate,
  validateUpdate: (object, old) => [...validate(object), ...immutable(object.data, old.data, path('data'))],
  columns: [
    nameColumn(),
    text('Controller', 'Whose revision it is.', controllerText),
    text('Revision', 'Its number.', ({ revision }) => revision),
    ageColumn(),
  ],
};

function validate({ data, revision }: ControllerRevision): FieldError[] {
  const missing = data === undefined ? [fieldErrors.required(path('data'), 'data is mandatory')] : [];
  return [...missing, ...nonNegative(revision, path('revision'))];
}

function controllerText(object: ControllerRevision): string {
  const owner = controllerOf(object);
  if (owner === undefined) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}

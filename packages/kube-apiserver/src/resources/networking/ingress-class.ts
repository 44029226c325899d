/** IngressClasses. */
import { type FieldError, fieldErrors, type IngressClass, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { specOnly } from '../preparation.ts';

const CONTROLLER = path('spec', 'controller');
const CONTROLLER_LENGTH_MAX = 250;

export const ingressClass: Strategy<IngressClass> = {
  validated: true,
  ...specOnly<IngressClass>(),
  validate,
  validateUpdate: (object, old) => [
    ...validate(object),
    ...immutable(object.spec?.controller, old.spec?.controller, CONTROLLER),
  ],
  columns: [
    nameColumn(),
    text('Controller', 'Who serves its ingresses.', ({ spec }) => spec?.controller ?? ''),
    text('Parameters', 'Its configuration.', parametersText),
    ageColumn(),
  ],
};

function parametersText({ spec }: IngressClass): string {
  const parameters = spec?.parameters;
  if (parameters === undefined) return '<none>';
  return `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}`;
}

function validate({ spec }: IngressClass): FieldError[] {
  const controller = spec?.controller ?? '';
  const errors: FieldError[] = [];
  if (controller.length > CONTROLLER_LENGTH_MAX)
    errors.push(fieldErrors.tooLong(CONTROLLER, controller, CONTROLLER_LENGTH_MAX));
  if (!controller.includes('/'))
    errors.push(fieldErrors.invalid(CONTROLLER, controller, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  const parameters = spec?.parameters;
  if (parameters === undefined) return errors;
  const at = path('spec', 'parameters');
  if (!parameters.kind) errors.push(fieldErrors.required(at.child('kind'), 'kind is required'));
  if (!parameters.name) errors.push(fieldErrors.required(at.child('name'), 'name is required'));
  return errors;
}

/** IngressClasses. */
import { type FieldError, type FieldPath, fieldErrors, type IngressClass, names, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { domainPrefixedPath, immutable, invalidFor, oneOf } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { specOnly } from '../preparation.ts';
import { validateObjectReference } from './ingress-validation.ts';

const CONTROLLER = path('spec', 'controller');
const CONTROLLER_LENGTH_MAX = 250;

export const ingressClass: Strategy<IngressClass> = {
  validated: true,
  defaults({ spec }) {
    if (spec?.parameters !== undefined) spec.parameters.scope ??= 'Cluster';
  },
  ...specOnly<IngressClass>(),
  validate,
  validateUpdate: (object, old) => [
    ...immutable(object.spec?.controller, old.spec?.controller, CONTROLLER),
    ...validate(object),
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
  const long = controller.length > CONTROLLER_LENGTH_MAX;
  return [
    ...(long ? [fieldErrors.tooLong(CONTROLLER, controller, CONTROLLER_LENGTH_MAX)] : []),
    ...domainPrefixedPath(controller, CONTROLLER),
    ...validateParameters(spec?.parameters),
  ];
}

function validateParameters(parameters: NonNullable<IngressClass['spec']>['parameters']): FieldError[] {
  if (parameters === undefined) return [];
  const at = path('spec', 'parameters');
  return [...validateObjectReference(parameters, at), ...validateScope(parameters, at)];
}

function validateScope(
  { scope, namespace }: NonNullable<NonNullable<IngressClass['spec']>['parameters']>,
  at: FieldPath,
): FieldError[] {
  const where = at.child('namespace');
  const because = `\`parameters.scope\` is set to '${scope}'`;
  if (scope === undefined) return [fieldErrors.required(at.child('scope'), '')];
  if (scope === 'Cluster') return namespace === undefined ? [] : [fieldErrors.forbidden(where, because)];
  if (scope !== 'Namespace') return oneOf(scope, ['Cluster', 'Namespace'], at.child('scope'));
  return namespace === undefined
    ? [fieldErrors.required(where, because)]
    : invalidFor(names.dns1123Label(namespace), namespace, where);
}

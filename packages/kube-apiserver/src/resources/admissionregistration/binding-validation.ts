/** What the bindings of admission policies may look like. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type MutatingAdmissionPolicyBinding,
  names,
  type ParamRef,
  path,
  type ValidatingAdmissionPolicyBinding,
} from '@steersman/api';
import { each, empty, invalidFor, oneOf, oneOfListed } from '../checks.ts';
import { pathSegmentName } from '../metadata.ts';
import { validateLabelSelector } from '../selectors.ts';
import { validateMatchResources } from './rules.ts';

const SPEC = path('spec');
const ACTIONS = ['Audit', 'Deny', 'Warn'];
const EXCLUSIVE = 'name and selector are mutually exclusive';
type Spec = Partial<NonNullable<ValidatingAdmissionPolicyBinding['spec'] & MutatingAdmissionPolicyBinding['spec']>>;

export function validateValidatingBinding({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] {
  return [
    ...validateShared((spec ?? {}) as Spec),
    ...validateActions(spec?.validationActions ?? [], SPEC.child('validationActions')),
  ];
}

export function validateMutatingBinding({ spec }: MutatingAdmissionPolicyBinding): FieldError[] {
  return validateShared((spec ?? {}) as Spec);
}

function validateShared({ policyName, paramRef, matchResources }: Spec): FieldError[] {
  const at = SPEC.child('policyName');
  return [
    ...(empty(policyName)
      ? [fieldErrors.required(at, '')]
      : invalidFor(names.dns1123Subdomain(policyName), policyName, at)),
    ...(paramRef === undefined ? [] : validateParamRef(paramRef, SPEC.child('paramRef'))),
    ...validateMatchResources(matchResources, SPEC.child('matchResources')),
  ];
}

function validateParamRef(
  { name = '', selector, parameterNotFoundAction: action }: ParamRef,
  at: FieldPath,
): FieldError[] {
  const both = name !== '' && selector !== undefined;
  const actionAt = at.child('parameterNotFoundAction');
  return [
    ...(name === '' ? [] : invalidFor(pathSegmentName(name, false), name, at.child('name'))),
    ...(both ? [fieldErrors.forbidden(at.child('name'), EXCLUSIVE)] : []),
    ...validateLabelSelector(selector, at.child('selector')),
    ...(both ? [fieldErrors.forbidden(at.child('selector'), EXCLUSIVE)] : []),
    ...(name === '' && selector === undefined
      ? [fieldErrors.required(at, 'one of name or selector must be specified')]
      : []),
    ...(empty(action) ? [fieldErrors.required(actionAt, '')] : oneOfListed(action, ['Deny', 'Allow'], actionAt)),
  ];
}

function validateActions(actions: readonly string[], at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  const errors = each(actions, at, (action, where) => {
    const twice = seen.has(action) ? [fieldErrors.duplicate(where, action)] : [];
    seen.add(action);
    return [...oneOf(action, ACTIONS, where), ...twice];
  });
  const detail =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
  if (seen.has('Deny') && seen.has('Warn')) errors.push(fieldErrors.invalid(at, actions, detail));
  return seen.size > 0 ? errors : [...errors, fieldErrors.required(at, 'at least one validation action is required')];
}

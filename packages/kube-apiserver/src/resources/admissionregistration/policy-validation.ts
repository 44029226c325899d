/** What admission policies may look like. */
import {
  type AuditAnnotation,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type MutatingAdmissionPolicy,
  type Mutation,
  names,
  type ParamKind,
  path,
  type ValidatingAdmissionPolicy,
  type Validation,
} from '@steersman/api';
import type { CelType } from '../cel/compile.ts';
import { each, empty, invalidFor, oneOf, unique } from '../checks.ts';
import { validateConditions } from '../conditions.ts';
import { compileFor, type Speech, validateExpression, validateMatchConditions } from './expressions.ts';
import { FAILURE_POLICIES, validateMatchResources } from './rules.ts';

const SPEC = path('spec');
const AUDIT_ANNOTATIONS_MAX = 20;
const VALUE_EXPRESSION_BYTES_MAX = 5 * 1024;
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const NOTHING = 'validations or auditAnnotations must contain at least one item';

type ValidatingSpec = NonNullable<ValidatingAdmissionPolicy['spec']>;
type MutatingSpec = NonNullable<MutatingAdmissionPolicy['spec']>;
/** What both kinds of policies have. */
type Shared = Pick<ValidatingSpec & MutatingSpec, 'failurePolicy' | 'paramKind' | 'matchConditions' | 'variables'> & {
  readonly matchConstraints?: ValidatingSpec['matchConstraints'];
};

export function validateValidatingPolicy({ metadata, spec = {} }: ValidatingAdmissionPolicy): FieldError[] {
  const { errors, speech } = validateShared(spec, {});
  const { validations = [], auditAnnotations = [] } = spec;
  const at = SPEC.child('auditAnnotations');
  if (validations.length + auditAnnotations.length === 0)
    return [...errors, fieldErrors.required(SPEC.child('validations'), NOTHING), fieldErrors.required(at, NOTHING)];
  const many = auditAnnotations.length > AUDIT_ANNOTATIONS_MAX;
  const detail = `must not have more than ${AUDIT_ANNOTATIONS_MAX} auditAnnotations`;
  return [
    ...errors,
    ...each(validations, SPEC.child('validations'), (item, where) => validateValidation(item, speech, where)),
    ...(many ? [fieldErrors.invalid(at, auditAnnotations, detail)] : []),
    ...each(auditAnnotations, at, (item, where) => validateAuditAnnotation(item, metadata.name, speech, where)),
    ...unique(auditAnnotations, ({ key }, index) => ({ value: key, at: at.index(index).child('key') })),
  ];
}

export function validateMutatingPolicy({ spec }: MutatingAdmissionPolicy): FieldError[] {
  const { errors, speech } = validateShared(spec ?? {}, { patches: true });
  const { mutations = [], reinvocationPolicy } = spec ?? {};
  const at = SPEC.child('mutations');
  const where = SPEC.child('reinvocationPolicy');
  return [
    ...errors,
    ...(mutations.length === 0 ? [fieldErrors.required(at, 'mutations must contain at least one item')] : []),
    ...each(mutations, at, (mutation, place) => validateMutation(mutation, speech, place)),
    ...(empty(reinvocationPolicy)
      ? [fieldErrors.required(where, '')]
      : oneOf(reinvocationPolicy, ['IfNeeded', 'Never'], where)),
  ];
}

/** What comes first in every policy, and what the expressions after it may speak of. */
function validateShared(spec: Shared, base: Speech): { readonly errors: FieldError[]; readonly speech: Speech } {
  const params = spec.paramKind !== undefined;
  const policyAt = SPEC.child('failurePolicy');
  const matchAt = SPEC.child('matchConstraints');
  const match = spec.matchConstraints;
  const errors = [
    ...(spec.failurePolicy === undefined
      ? [fieldErrors.required(policyAt, '')]
      : oneOf(spec.failurePolicy, FAILURE_POLICIES, policyAt)),
    ...(spec.paramKind === undefined ? [] : validateParamKind(spec.paramKind, SPEC.child('paramKind'))),
    ...(match === undefined ? [fieldErrors.required(matchAt, '')] : validateMatchResources(match, matchAt)),
    ...(match !== undefined && (match.resourceRules ?? []).length === 0
      ? [fieldErrors.required(matchAt.child('resourceRules'), '')]
      : []),
    ...validateMatchConditions(spec.matchConditions, { params }, SPEC.child('matchConditions')),
  ];
  const variables: Record<string, CelType> = {};
  const speech: Speech = { ...base, params, ...((spec.variables ?? []).length > 0 ? { variables } : {}) };
  errors.push(
    ...each(spec.variables, SPEC.child('variables'), ({ name, expression }, at) => {
      const found = validateVariable(name, expression, speech, at);
      // Later variables may speak of this one, whatever is wrong with it.
      variables[name ?? ''] = compileFor(expression ?? '', speech, []).type ?? 'unknown';
      return found;
    }),
  );
  return { errors, speech };
}

function validateVariable(
  name: string | undefined,
  expression: string | undefined,
  speech: Speech,
  at: FieldPath,
): FieldError[] {
  const fine = IDENTIFIER.test(name ?? '') && !RESERVED.has(name ?? '');
  return [
    ...((name ?? '').trim() === ''
      ? [fieldErrors.required(at.child('name'), 'name is not specified')]
      : fine
        ? []
        : [fieldErrors.invalid(at.child('name'), name, 'name is not a valid CEL identifier')]),
    ...((expression ?? '').trim() === ''
      ? [fieldErrors.required(at.child('expression'), 'expression is not specified')]
      : validateExpression(expression ?? '', speech, [], at.child('expression'))),
  ];
}

function validateParamKind({ apiVersion, kind }: ParamKind, at: FieldPath): FieldError[] {
  const where = at.child('kind');
  const messages = names.dns1035Label((kind ?? '').toLowerCase());
  const detail = `may have mixed case, but should otherwise match: ${messages.join(',')}`;
  return [
    ...validateApiVersion(apiVersion ?? '', at.child('apiVersion')),
    ...(empty(kind)
      ? [fieldErrors.required(where, '')]
      : messages.length === 0
        ? []
        : [fieldErrors.invalid(where, kind, detail)]),
  ];
}

function validateApiVersion(apiVersion: string, at: FieldPath): FieldError[] {
  if (apiVersion === '') return [fieldErrors.required(at, '')];
  const parts = apiVersion === '/' ? [''] : apiVersion.split('/');
  if (parts.length > 2) return [fieldErrors.invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const version = parts.at(-1) ?? '';
  const group = parts.length === 2 ? (parts[0] ?? '') : '';
  const joined = (messages: readonly string[], value: string): FieldError[] =>
    messages.length === 0 ? [] : [fieldErrors.invalid(at, value, messages.join(','))];
  return [
    ...(group === '' ? [] : joined(names.dns1123Subdomain(group), group)),
    ...(version === ''
      ? [fieldErrors.invalid(at, apiVersion, 'version must be specified')]
      : joined(names.dns1035Label(version), version)),
  ];
}

function validateValidation(validation: Validation, speech: Speech, at: FieldPath): FieldError[] {
  const { expression = '', message = '', messageExpression = '', reason } = validation;
  const where = at.child('messageExpression');
  const errors =
    expression.trim() === ''
      ? [fieldErrors.required(at.child('expression'), 'expression is not specified')]
      : validateExpression(expression, speech, ['bool'], at.child('expression'));
  if (messageExpression.trim() !== '')
    errors.push(...validateExpression(messageExpression, { ...speech, authorizer: false }, ['string'], where));
  else if (messageExpression !== '')
    errors.push(fieldErrors.invalid(where, messageExpression, 'must be non-empty if specified'));
  if (message !== '' && message.trim() === '')
    errors.push(fieldErrors.invalid(at.child('message'), message, 'message must be non-empty if specified'));
  else if (/[\r\n]/.test(message.trim()))
    errors.push(fieldErrors.invalid(at.child('message'), message, 'message must not contain line breaks'));
  return [...errors, ...(reason === undefined ? [] : oneOf(reason, REASONS, at.child('reason')))];
}

function validateAuditAnnotation(
  { key = '', valueExpression = '' }: AuditAnnotation,
  policy: string | undefined,
  speech: Speech,
  at: FieldPath,
): FieldError[] {
  const where = at.child('valueExpression');
  const text = valueExpression.trim();
  const name = `${policy}/${key}`;
  const errors = empty(policy)
    ? [fieldErrors.invalid(at.child('key'), key, 'requires metadata.name be non-empty')]
    : invalidFor(names.qualifiedName(name), name, at.child('key'));
  if (text === '') return [...errors, fieldErrors.required(where, 'valueExpression is not specified')];
  if (Buffer.byteLength(text) > VALUE_EXPRESSION_BYTES_MAX)
    return [...errors, fieldErrors.required(where, `must not exceed ${VALUE_EXPRESSION_BYTES_MAX} bytes in length`)];
  return [...errors, ...validateExpression(text, speech, ['string', 'null_type'], where)];
}

/** Each type of patch has a member of its own. */
function validateMutation(mutation: Mutation, speech: Speech, at: FieldPath): FieldError[] {
  const { patchType } = mutation;
  const typeAt = at.child('patchType');
  if (empty(patchType)) return [fieldErrors.required(typeAt, '')];
  if (patchType !== 'ApplyConfiguration' && patchType !== 'JSONPatch')
    return oneOf(patchType, ['ApplyConfiguration', 'JSONPatch'], typeAt);
  const [member, other] =
    patchType === 'JSONPatch'
      ? (['jsonPatch', 'applyConfiguration'] as const)
      : (['applyConfiguration', 'jsonPatch'] as const);
  const otherType = patchType === 'JSONPatch' ? 'ApplyConfiguration' : 'JSONPatch';
  const wanted = patchType === 'JSONPatch' ? 'list' : 'Object';
  const errors: FieldError[] = [];
  if (mutation[other] !== undefined)
    errors.push(
      fieldErrors.invalid(at.child(other), mutation[other], `must not be specified when patchType is not ${otherType}`),
    );
  const expression = mutation[member]?.expression;
  if (mutation[member] === undefined)
    return [...errors, fieldErrors.required(at.child(member), `must be specified when patchType is ${patchType}`)];
  const where = at.child(member, 'expression');
  return (expression ?? '').trim() === ''
    ? [...errors, fieldErrors.required(where, 'expression is not specified')]
    : [...errors, ...validateExpression(expression ?? '', speech, [wanted], where)];
}

/** What the type checker of upstream's controller writes down. */
export function validatePolicyStatus({ status }: ValidatingAdmissionPolicy): FieldError[] {
  const at = path('status', 'typeChecking', 'expressionWarnings');
  return [
    ...each(status?.typeChecking?.expressionWarnings, at, ({ warning, fieldRef }, where) => [
      ...(empty(warning) ? [fieldErrors.required(where.child('warning'), '')] : []),
      ...((fieldRef ?? '').trim() === '' ? [fieldErrors.required(where.child('fieldRef'), '')] : []),
    ]),
    ...validateConditions(status?.conditions, path('status', 'conditions')),
  ];
}

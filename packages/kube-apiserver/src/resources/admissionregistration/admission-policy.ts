/** Admission policies and their bindings: checked and stored, and not evaluated yet. */
import type {
  Draft,
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '@steersman/api';
import type { Column, Strategy } from '../../registry/contract.ts';
import { ageColumn, integer, nameColumn, text } from '../columns.ts';
import { specAndStatus, specOnly } from '../preparation.ts';
import { validateMutatingBinding, validateValidatingBinding } from './binding-validation.ts';
import { validateMutatingPolicy, validatePolicyStatus, validateValidatingPolicy } from './policy-validation.ts';
import { inertWarning } from './webhook-configuration.ts';

function defaultMatch(match: Draft<MatchResources> | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}

type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy;
type Binding = ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding;

function paramKindColumn<T extends Policy>(): Column<T> {
  return text('ParamKind', 'Kind of its parameters.', ({ spec }) =>
    spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : '<unset>',
  );
}

function bindingColumns<T extends Binding>(): Column<T>[] {
  return [
    nameColumn(),
    text('PolicyName', 'Which policy.', ({ spec }) => spec?.policyName ?? ''),
    text('ParamRef', 'Its parameters.', paramRefText),
    ageColumn(),
  ];
}

function paramRefText({ spec }: Binding): string {
  const reference = spec?.paramRef;
  if (reference === undefined) return '<unset>';
  if (!reference.name) return '*';
  return reference.namespace ? `${reference.namespace}/${reference.name}` : `*/${reference.name}`;
}

export const validatingAdmissionPolicy: Strategy<ValidatingAdmissionPolicy> = {
  validated: true,
  allowUnconditionalUpdate: false,
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.failurePolicy ??= 'Fail';
    defaultMatch(spec.matchConstraints);
  },
  ...specAndStatus<ValidatingAdmissionPolicy>(() => ({})),
  validate: validateValidatingPolicy,
  validateUpdate: validateValidatingPolicy,
  status: { validateUpdate: validatePolicyStatus },
  warnings: () => inertWarning('ValidatingAdmissionPolicies'),
  columns: [
    nameColumn(),
    integer('Validations', 'How many checks.', ({ spec }) => (spec?.validations ?? []).length),
    paramKindColumn(),
    ageColumn(),
  ],
};

export const validatingAdmissionPolicyBinding: Strategy<ValidatingAdmissionPolicyBinding> = {
  validated: true,
  allowUnconditionalUpdate: false,
  defaults: ({ spec }) => defaultMatch(spec?.matchResources),
  ...specOnly<ValidatingAdmissionPolicyBinding>(),
  validate: validateValidatingBinding,
  validateUpdate: validateValidatingBinding,
  warnings: () => inertWarning('ValidatingAdmissionPolicyBindings'),
  columns: bindingColumns(),
};

export const mutatingAdmissionPolicy: Strategy<MutatingAdmissionPolicy> = {
  validated: true,
  allowUnconditionalUpdate: false,
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.failurePolicy ??= 'Fail';
    spec.reinvocationPolicy ??= 'Never';
    defaultMatch(spec.matchConstraints);
  },
  ...specOnly<MutatingAdmissionPolicy>(),
  validate: validateMutatingPolicy,
  validateUpdate: validateMutatingPolicy,
  warnings: () => inertWarning('MutatingAdmissionPolicies'),
  columns: [
    nameColumn(),
    integer('Mutations', 'How many changes.', ({ spec }) => (spec?.mutations ?? []).length),
    paramKindColumn(),
    ageColumn(),
  ],
};

export const mutatingAdmissionPolicyBinding: Strategy<MutatingAdmissionPolicyBinding> = {
  validated: true,
  allowUnconditionalUpdate: false,
  defaults: ({ spec }) => defaultMatch(spec?.matchResources),
  ...specOnly<MutatingAdmissionPolicyBinding>(),
  validate: validateMutatingBinding,
  validateUpdate: validateMutatingBinding,
  warnings: () => inertWarning('MutatingAdmissionPolicyBindings'),
  columns: bindingColumns(),
};

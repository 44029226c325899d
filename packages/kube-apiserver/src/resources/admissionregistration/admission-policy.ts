/** Admission policies and their bindings: stored, and not evaluated yet. */
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, integer, nameColumn, text } from '../columns.ts';
import { specAndStatus, specOnly } from '../preparation.ts';
import { inertWarning } from './webhook-configuration.ts';

export const validatingAdmissionPolicy: Strategy<ValidatingAdmissionPolicy> = {
  validated: false,
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.failurePolicy ??= 'Fail';
    if (spec.matchConstraints !== undefined) {
      spec.matchConstraints.matchPolicy ??= 'Equivalent';
      spec.matchConstraints.namespaceSelector ??= {};
      spec.matchConstraints.objectSelector ??= {};
    }
  },
  ...specAndStatus<ValidatingAdmissionPolicy>(() => ({})),
  warnings: () => inertWarning('ValidatingAdmissionPolicies'),
  columns: [
    nameColumn(),
    integer('Validations', 'How many checks.', ({ spec }) => (spec?.validations ?? []).length),
    text('ParamKind', 'Kind of its parameters.', ({ spec }) =>
      spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : '<unset>',
    ),
    ageColumn(),
  ],
};

export const validatingAdmissionPolicyBinding: Strategy<ValidatingAdmissionPolicyBinding> = {
  validated: false,
  ...specOnly<ValidatingAdmissionPolicyBinding>(),
  warnings: () => inertWarning('ValidatingAdmissionPolicyBindings'),
  columns: [
    nameColumn(),
    text('PolicyName', 'Which policy.', ({ spec }) => spec?.policyName ?? ''),
    text('ParamRef', 'Its parameters.', ({ spec }) => spec?.paramRef?.name ?? '<unset>'),
    ageColumn(),
  ],
};

export const mutatingAdmissionPolicy: Strategy<MutatingAdmissionPolicy> = {
  validated: false,
  ...specOnly<MutatingAdmissionPolicy>(),
  warnings: () => inertWarning('MutatingAdmissionPolicies'),
};

export const mutatingAdmissionPolicyBinding: Strategy<MutatingAdmissionPolicyBinding> = {
  validated: false,
  ...specOnly<MutatingAdmissionPolicyBinding>(),
  warnings: () => inertWarning('MutatingAdmissionPolicyBindings'),
};

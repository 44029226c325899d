/** ResourceQuotas. */
import { type FieldError, type FieldPath, fieldErrors, path, type ResourceQuota } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { roundUpAmounts, validateAmount, validateQuotaResourceName } from '../pod-spec/quantities.ts';
import { keepSpec, statusOnly } from '../preparation.ts';
import { validateScopes } from './quota-scopes.ts';

const SPEC = path('spec');
const STATUS = path('status');
type Amounts = Readonly<Record<string, string>> | undefined;

export const resourceQuota: Strategy<ResourceQuota> = {
  validated: true,
  defaults({ spec, status }) {
    for (const amounts of [spec?.hard, status?.hard, status?.used]) roundUpAmounts(amounts);
  },
  ...statusOnly<ResourceQuota>(() => ({})),
  validate: (object) => [...validateSpec(object), ...validateStatus(object)],
  validateUpdate: (object, old) => [...validateSpec(object), ...validateScopeChange(object, old)],
  status: {
    prepareForUpdate: keepSpec,
    validateUpdate: validateStatus,
  },
  columns: [
    nameColumn(),
    text('Request', 'Use of requests and counts.', (object) => usage(object, (name) => !name.startsWith('limits.'))),
    text('Limit', 'Use of limits.', (object) => usage(object, (name) => name.startsWith('limits.'))),
    ageColumn(),
  ],
};

function usage({ status }: ResourceQuota, wanted: (name: string) => boolean): string {
  const names = Object.keys(status?.hard ?? {})
    .filter(wanted)
    .toSorted();
  return names.map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name]}`).join(', ');
}

function validateSpec({ spec }: ResourceQuota): FieldError[] {
  return [...validateAmounts(spec?.hard, SPEC.child('hard')), ...validateScopes(spec ?? {}, SPEC)];
}

function validateStatus({ status }: ResourceQuota): FieldError[] {
  return [
    ...validateAmounts(status?.hard, STATUS.child('hard')),
    ...validateAmounts(status?.used, STATUS.child('used')),
  ];
}

function validateAmounts(amounts: Amounts, at: FieldPath): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, amount]) => [
    ...validateQuotaResourceName(name, at.key(name)),
    ...validateAmount(name, amount, at.key(name)),
  ]);
}

function validateScopeChange({ spec }: ResourceQuota, old: ResourceQuota): FieldError[] {
  const now = new Set<string>(spec?.scopes);
  const before = new Set<string>(old.spec?.scopes);
  if (now.size === before.size && now.isSubsetOf(before)) return [];
  return [fieldErrors.invalid(SPEC.child('scopes'), spec?.scopes ?? null, 'field is immutable')];
}

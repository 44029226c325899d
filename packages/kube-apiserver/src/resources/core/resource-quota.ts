/** ResourceQuotas. */
import { type FieldError, fieldErrors, path, type ResourceQuota, semanticEqual } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { quantityOf } from '../pod-spec/quantities.ts';
import { statusOnly } from '../preparation.ts';

export const resourceQuota: Strategy<ResourceQuota> = {
  validated: true,
  ...statusOnly<ResourceQuota>(() => ({})),
  validate,
  validateUpdate: (object, old) => [...validate(object), ...validateScopes(object, old)],
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

function validate({ spec }: ResourceQuota): FieldError[] {
  return Object.entries(spec?.hard ?? {}).flatMap(([name, text]) => {
    const quantity = quantityOf(text);
    if (quantity === undefined || quantity.sign() >= 0) return [];
    return [
      fieldErrors.invalid(path('spec', 'hard').key(name), quantity.toString(), 'must be greater than or equal to 0'),
    ];
  });
}

function validateScopes({ spec }: ResourceQuota, old: ResourceQuota): FieldError[] {
  const same = semanticEqual([...(spec?.scopes ?? [])].toSorted(), [...(old.spec?.scopes ?? [])].toSorted());
  return same ? [] : [fieldErrors.invalid(path('spec', 'scopes'), spec?.scopes ?? [], 'field is immutable')];
}

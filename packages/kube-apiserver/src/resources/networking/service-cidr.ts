/** ServiceCIDRs. */
import { type FieldError, fieldErrors, names, path, type ServiceCIDR } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, immutable, invalidFor } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { statusOnly } from '../preparation.ts';

const CIDRS = path('spec', 'cidrs');

export const serviceCidr: Strategy<ServiceCIDR> = {
  validated: true,
  ...statusOnly<ServiceCIDR>(() => ({})),
  validate,
  validateUpdate: (object, old) => immutable(object.spec?.cidrs, old.spec?.cidrs, CIDRS),
  columns: [nameColumn(), text('CIDRs', 'Its ranges.', ({ spec }) => (spec?.cidrs ?? []).join(',')), ageColumn()],
};

function validate({ spec }: ServiceCIDR): FieldError[] {
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) return [fieldErrors.required(CIDRS, 'at least one CIDR required')];
  if (cidrs.length > 2) return [fieldErrors.invalid(CIDRS, cidrs, 'may only hold up to 2 values')];
  return each(cidrs, CIDRS, (cidr, at) => invalidFor(names.cidr(cidr), cidr, at));
}

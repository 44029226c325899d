/** ServiceCIDRs. */
import { type FieldError, fieldErrors, path, type ServiceCIDR } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { isRange, validateCanonicalCidr } from '../addresses.ts';
import { each, immutable } from '../checks.ts';
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
  const families = new Set(cidrs.map((cidr) => cidr.includes(':')));
  const problem = (detail: string) => [fieldErrors.invalid(CIDRS, { CIDRs: cidrs }, detail)];
  if (cidrs.length === 0) return [fieldErrors.required(CIDRS, 'at least one CIDR required')];
  if (cidrs.length > 2) return problem('may only hold up to 2 values');
  if (cidrs.length === 2 && (families.size !== 2 || !cidrs.every(isRange)))
    return problem('may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64');
  return each(cidrs, CIDRS, validateCanonicalCidr);
}

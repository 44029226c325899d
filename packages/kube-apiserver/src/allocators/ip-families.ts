/** Which IP families a Service gets (KEP-563). */
import { type Draft, type FieldError, fieldErrors, path, type ServiceSpec } from '@steersman/api';
import { isHeadless, needsClusterIp } from '../resources/core/service-change.ts';
import type { Family } from './address-range.ts';

const SPEC = path('spec');

/** Fills `ipFamilies` and `ipFamilyPolicy`; answers with what this cluster cannot do. */
export function settleFamilies(spec: Draft<ServiceSpec>, configured: readonly Family[]): FieldError[] {
  if (!needsClusterIp(spec)) return [];
  // Somebody else fills the endpoints of such a service, with addresses of any family.
  const free = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
  const problems = free ? [] : unsupported(spec, configured);
  if (problems.length > 0) return problems;
  const given = (spec.clusterIPs ?? []).filter((address) => address !== 'None' && address !== '');
  const families = (spec.ipFamilies ?? []).length > 0 ? [...(spec.ipFamilies ?? [])] : given.map(familyOf);
  const [primary = 'IPv4'] = configured;
  if (families.length === 0) families.push(primary);
  spec.ipFamilyPolicy ??= free || families.length > 1 || given.length > 1 ? 'RequireDualStack' : 'SingleStack';
  if (spec.ipFamilyPolicy !== 'SingleStack' && families.length === 1 && (free || configured.length > 1)) {
    families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4');
  }
  spec.ipFamilies = families;
  return [];
}

function unsupported(spec: Draft<ServiceSpec>, configured: readonly Family[]): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (!configured.includes(family as Family))
      errors.push(fieldErrors.invalid(SPEC.child('ipFamilies').index(index), family, 'not configured on this cluster'));
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack' && configured.length < 2) {
    errors.push(
      fieldErrors.invalid(
        SPEC.child('ipFamilyPolicy'),
        spec.ipFamilyPolicy,
        'this cluster is not configured for dual-stack services',
      ),
    );
  }
  return errors;
}

export function familyOf(address: string): Family {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

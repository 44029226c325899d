/** Cluster addresses of Services and their families: what they may be, and what becomes of them. */
import { type FieldError, fieldErrors, path, type Service, type ServiceSpec } from '@steersman/api';
import { validateIp } from '../addresses.ts';
import { each, oneOf } from '../checks.ts';
import { isHeadless } from './service-change.ts';

const SPEC = path('spec');
const ADDRESSES = SPEC.child('clusterIPs');
const FAMILIES = SPEC.child('ipFamilies');
const POLICY = SPEC.child('ipFamilyPolicy');
const ONCE = 'may not change once set';

export function validateAddresses(spec: ServiceSpec, old?: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const addresses = spec.clusterIPs ?? [];
  const invalid = (detail: string) => [fieldErrors.invalid(ADDRESSES, addresses, detail)];
  const misplaced = addresses.length > 1 && addresses[0] === 'None';
  const malformed = [
    ...(misplaced ? invalid("'None' must be the first and only value") : []),
    ...each(addresses, ADDRESSES, (address, at, index) =>
      index === 0 && address === 'None' ? [] : validateIp(address, at, old?.clusterIPs),
    ),
  ];
  const errors = [
    ...validateFirst(spec),
    ...validateFamilies(spec),
    ...malformed,
    ...(addresses.length > 2 ? invalid('may only hold up to 2 values') : []),
  ];
  if (malformed.length > 0) return errors;
  const both = new Set(addresses.map(isV6)).size === 2;
  if (addresses.length > 1 && !both) errors.push(...invalid('may specify no more than one IP for each IP family'));
  return [...errors, ...validateFamilyOfAddresses(spec)];
}

/** The old field is the first of the new one. */
function validateFirst({ clusterIP = '', clusterIPs = [] }: ServiceSpec): FieldError[] {
  if (clusterIP === '' && clusterIPs.length > 0)
    return [fieldErrors.invalid(ADDRESSES, clusterIPs, 'must be empty when `clusterIP` is not specified')];
  if (clusterIP !== '' && clusterIPs.length === 0) return [fieldErrors.required(ADDRESSES, '')];
  if (clusterIP !== '' && clusterIPs[0] !== clusterIP)
    return [fieldErrors.invalid(ADDRESSES, clusterIPs, 'first value must match `clusterIP`')];
  return [];
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy }: ServiceSpec): FieldError[] {
  return [
    ...each(ipFamilies, FAMILIES, (family, at, index) => [
      ...oneOf(family, ['IPv4', 'IPv6'], at),
      ...(ipFamilies.indexOf(family) < index ? [fieldErrors.duplicate(at, family)] : []),
    ]),
    ...(ipFamilyPolicy === undefined
      ? []
      : oneOf(ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack'], POLICY)),
  ];
}

function validateFamilyOfAddresses(spec: ServiceSpec): FieldError[] {
  if (isHeadless(spec)) return [];
  return each(spec.clusterIPs, ADDRESSES, (address, at, index) => {
    const family = spec.ipFamilies?.[index];
    const wrong = (family === 'IPv4' && isV6(address)) || (family === 'IPv6' && !isV6(address));
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    return wrong ? [fieldErrors.invalid(at, address, detail)] : [];
  });
}

function isV6(address: string): boolean {
  return address.includes(':');
}

/** A second address may come and go; the first one is the service's identity to its clients. */
export function validateAddressChange({ spec: now }: Service, { spec: before }: Service): FieldError[] {
  if (now.type === 'ExternalName' || before.type === 'ExternalName') return [];
  const headless = isHeadless(now);
  if (headless && isHeadless(before)) return [];
  return [
    ...validateClusterIpChange(now, before),
    ...(headless === isHeadless(before) ? validateFamilyChange(now, before) : []),
  ];
}

function validateClusterIpChange(now: ServiceSpec, before: ServiceSpec): FieldError[] {
  const addresses = now.clusterIPs ?? [];
  const old = before.clusterIPs ?? [];
  const invalid = (index: number, detail: string) => fieldErrors.invalid(ADDRESSES.index(index), addresses, detail);
  if (old.length === addresses.length)
    return old.flatMap((address, index) => (address === addresses[index] ? [] : [invalid(index, ONCE)]));
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(invalid(0, 'primary clusterIP can not be unset'));
  else if (old.length > 0 && old[0] !== addresses[0]) errors.push(invalid(0, ONCE));
  if (addresses.length === 1 && old.length > 1) errors.push(...validateRelease(now, 'clusterIP'));
  return errors;
}

function validateFamilyChange(now: ServiceSpec, before: ServiceSpec): FieldError[] {
  const families = now.ipFamilies ?? [];
  const old = before.ipFamilies ?? [];
  const invalid = (shown: unknown, detail: string) => fieldErrors.invalid(FAMILIES.index(0), shown, detail);
  if (old.length === families.length)
    return old.flatMap((family, index) => (family === families[index] ? [] : [invalid(families, ONCE)]));
  const errors: FieldError[] = [];
  // Upstream looks at the addresses here.
  if (old.length > families.length && (now.clusterIPs ?? []).length === 0)
    errors.push(invalid(now.ipFamilies ?? null, 'primary ipFamily can not be unset'));
  if (old.length > 0 && families.length > 0 && families[0] !== old[0])
    errors.push(invalid(now.clusterIPs ?? null, ONCE));
  if (families.length === 1 && old.length > 1) errors.push(...validateRelease(now, 'ipFamily'));
  return errors;
}

function validateRelease({ ipFamilyPolicy }: ServiceSpec, what: string): FieldError[] {
  if (ipFamilyPolicy === 'SingleStack') return [];
  return [
    fieldErrors.invalid(POLICY, ipFamilyPolicy, `must be set to 'SingleStack' when releasing the secondary ${what}`),
  ];
}

/** What load balancers may report about themselves. */
import { isIP } from 'node:net';
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type LoadBalancerIngress,
  names,
  path,
  type Service,
} from '@steersman/api';
import { validateIp, withoutZeros } from '../addresses.ts';
import { each, empty, invalidFor, oneOf } from '../checks.ts';

const INGRESS = path('status', 'loadBalancer', 'ingress');

export function validateServiceStatus({ spec, status }: Service, old: Service): FieldError[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (spec.type !== 'LoadBalancer' && ingress.length > 0)
    return [fieldErrors.forbidden(INGRESS, "may only be used when `spec.type` is 'LoadBalancer'")];
  const kept = (old.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (empty(ip) ? [] : [ip]));
  return each(ingress, INGRESS, (point, at) => [
    ...(empty(point.ip) ? [] : validateIp(point.ip, at.child('ip'), kept)),
    ...validateMode(point, at.child('ipMode')),
    ...validateHostname(point.hostname, at.child('hostname')),
  ]);
}

function validateMode({ ip, ipMode }: LoadBalancerIngress, at: FieldPath): FieldError[] {
  if (ipMode === undefined) return empty(ip) ? [] : [fieldErrors.required(at, 'must be specified when `ip` is set')];
  if (empty(ip)) return [fieldErrors.forbidden(at, 'may not be specified when `ip` is not set')];
  return oneOf(ipMode, ['Proxy', 'VIP'], at);
}

function validateHostname(hostname: string | undefined, at: FieldPath): FieldError[] {
  if (empty(hostname)) return [];
  const errors = invalidFor(names.dns1123Subdomain(hostname), hostname, at);
  if (isIP(withoutZeros(hostname)) !== 0)
    errors.push(fieldErrors.invalid(at, hostname, 'must be a DNS name, not an IP address'));
  return errors;
}

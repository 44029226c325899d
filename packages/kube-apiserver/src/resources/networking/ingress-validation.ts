/** What an Ingress may say. */
import { isIP } from 'node:net';
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type Ingress,
  type IngressBackend,
  names,
  path,
} from '@steersman/api';
import { validateIp } from '../addresses.ts';
import { each, empty, invalidFor, oneOf } from '../checks.ts';
import { pathSegmentName } from '../metadata.ts';

type Spec = NonNullable<Ingress['spec']>;
type Rule = NonNullable<Spec['rules']>[number];
type Path = NonNullable<NonNullable<Rule['http']>['paths']>[number];
type Tls = NonNullable<Spec['tls']>[number];
type Reference = NonNullable<IngressBackend['resource']>;

const SPEC = path('spec');
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_SUFFIXES = ['/..', '/.'];
const NOT_AN_ADDRESS = 'must be a DNS name, not an IP address';

export function validateIngress(object: Ingress): FieldError[] {
  const annotation = object.metadata.annotations?.[CLASS_ANNOTATION];
  const name = object.spec?.ingressClassName;
  const disagree = annotation !== undefined && name !== undefined && annotation !== name;
  const detail = 'must match `ingressClassName` when both are specified';
  const at = path('annotations').child(CLASS_ANNOTATION);
  return [...validateSpec(object.spec), ...(disagree ? [fieldErrors.invalid(at, annotation, detail)] : [])];
}

/** What an old object has wrong in its TLS secrets or under wildcard hosts may stay wrong. */
export function validateIngressUpdate({ spec }: Ingress, { spec: old }: Ingress): FieldError[] {
  const badSecret = (old?.tls ?? []).some((tls) => validateSecret(tls, SPEC).length > 0);
  const badWildcard = (old?.rules ?? []).some(
    (rule) => rule.host?.includes('*') === true && validateHttp(rule, SPEC).length > 0,
  );
  return validateSpec(spec, { badSecret, badWildcard });
}

interface Tolerated {
  readonly badSecret: boolean;
  readonly badWildcard: boolean;
}

function validateSpec(
  spec: Ingress['spec'] = {},
  tolerated: Tolerated = { badSecret: false, badWildcard: false },
): FieldError[] {
  const { rules, defaultBackend, tls, ingressClassName } = spec;
  const nothing = (rules ?? []).length === 0 && defaultBackend === undefined;
  const detail = 'either `defaultBackend` or `rules` must be specified';
  return [
    ...(nothing ? [fieldErrors.invalid(SPEC, rules ?? null, detail)] : []),
    ...(defaultBackend === undefined ? [] : validateBackend(defaultBackend, SPEC.child('defaultBackend'))),
    ...each(rules, SPEC.child('rules'), (rule, at) => validateRule(rule, at, tolerated)),
    ...each(tls, SPEC.child('tls'), (item, at) => [
      ...each(item.hosts, at.child('hosts'), validateHost),
      ...(tolerated.badSecret ? [] : validateSecret(item, at)),
    ]),
    ...(ingressClassName === undefined
      ? []
      : invalidFor(names.dns1123Subdomain(ingressClassName), ingressClassName, SPEC.child('ingressClassName'))),
  ];
}

function validateSecret({ secretName }: Tls, at: FieldPath): FieldError[] {
  return empty(secretName) ? [] : invalidFor(names.dns1123Subdomain(secretName), secretName, at.child('secretName'));
}

function validateRule(rule: Rule, at: FieldPath, { badWildcard }: Tolerated): FieldError[] {
  const { host } = rule;
  const where = at.child('host');
  const wildcard = host?.includes('*') === true;
  return [
    ...(empty(host) || isIP(host) === 0 ? [] : [fieldErrors.invalid(where, host, NOT_AN_ADDRESS)]),
    ...(empty(host) ? [] : validateHost(host, where)),
    ...(wildcard && badWildcard ? [] : validateHttp(rule, at)),
  ];
}

function validateHost(host: string, at: FieldPath): FieldError[] {
  return invalidFor(host.includes('*') ? names.wildcardDns1123Subdomain(host) : names.dns1123Subdomain(host), host, at);
}

function validateHttp({ http }: Rule, at: FieldPath): FieldError[] {
  if (http === undefined) return [];
  const where = at.child('http', 'paths');
  return [
    ...((http.paths ?? []).length === 0 ? [fieldErrors.required(where, '')] : []),
    ...each(http.paths, where, validatePath),
  ];
}

function validatePath(item: Path, at: FieldPath): FieldError[] {
  const { pathType } = item;
  if (pathType === undefined || pathType === null)
    return [fieldErrors.required(at.child('pathType'), 'pathType must be specified')];
  return [...validatePathText(item, at), ...validateBackend(item.backend, at.child('backend'))];
}

function validatePathText({ path: text = '', pathType }: Path, at: FieldPath): FieldError[] {
  const where = at.child('path');
  const relative = text.startsWith('/') ? [] : [fieldErrors.invalid(where, text, 'must be an absolute path')];
  if (pathType === 'ImplementationSpecific') return text === '' ? [] : relative;
  if (pathType !== 'Exact' && pathType !== 'Prefix') return oneOf(pathType, PATH_TYPES, at.child('pathType'));
  const contained = BAD_SEQUENCES.filter((bad) => text.includes(bad));
  const ending = BAD_SUFFIXES.filter((bad) => text.endsWith(bad));
  return [
    ...relative,
    ...contained.map((bad) => fieldErrors.invalid(where, text, `must not contain '${bad}'`)),
    ...ending.map((bad) => fieldErrors.invalid(where, text, `cannot end with '${bad}'`)),
  ];
}

function validateBackend({ service, resource }: IngressBackend, at: FieldPath): FieldError[] {
  if (resource !== undefined && service !== undefined)
    return [fieldErrors.invalid(at, '', 'cannot set both resource and service backends')];
  if (resource !== undefined) return validateObjectReference(resource, at.child('resource'));
  if (service === undefined) return [fieldErrors.invalid(at, '', 'resource or service backend is required')];
  const nameAt = at.child('service', 'name');
  return [
    ...(empty(service.name)
      ? [fieldErrors.required(nameAt, '')]
      : invalidFor(names.dns1035Label(service.name), service.name, nameAt)),
    ...validateBackendPort(service.port, at),
  ];
}

function validateBackendPort(port: NonNullable<IngressBackend['service']>['port'], at: FieldPath): FieldError[] {
  const { name = '', number = 0 } = port ?? {};
  if (name !== '' && number !== 0) return [fieldErrors.invalid(at, '', 'cannot set both port name & port number')];
  if (name !== '') return invalidFor(names.portName(name), name, at.child('service', 'port', 'name'));
  if (number !== 0) return invalidFor(names.portNumber(number), number, at.child('service', 'port', 'number'));
  return [fieldErrors.required(at, 'port name or number is required')];
}

/** An object of the same namespace, or of none. */
export function validateObjectReference(
  { apiGroup, kind, name }: Pick<Reference, 'apiGroup' | 'kind' | 'name'>,
  at: FieldPath,
): FieldError[] {
  const segment = (value: string | undefined, field: string): FieldError[] =>
    empty(value)
      ? [fieldErrors.required(at.child(field), `${field} is required`)]
      : invalidFor(pathSegmentName(value, false), value, at.child(field));
  return [
    ...(apiGroup === undefined ? [] : invalidFor(names.dns1123Subdomain(apiGroup), apiGroup, at.child('apiGroup'))),
    ...segment(kind, 'kind'),
    ...segment(name, 'name'),
  ];
}

export function validateIngressStatus({ status }: Ingress, { status: old }: Ingress): FieldError[] {
  const kept = (old?.loadBalancer?.ingress ?? []).map(({ ip = '' }) => ip);
  return each(status?.loadBalancer?.ingress, path('status', 'loadBalancer', 'ingress'), ({ ip, hostname }, at) => [
    ...(empty(ip) ? [] : validateIp(ip, at.child('ip'), kept)),
    ...(empty(hostname)
      ? []
      : [
          ...invalidFor(names.dns1123Subdomain(hostname), hostname, at.child('hostname')),
          ...(isIP(hostname) === 0 ? [] : [fieldErrors.invalid(at.child('hostname'), hostname, NOT_AN_ADDRESS)]),
        ]),
  ]);
}

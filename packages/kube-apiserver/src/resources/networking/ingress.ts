/** Ingresses. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type Ingress,
  type IngressBackend,
  names,
  path,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, empty, invalidFor, oneOf } from '../checks.ts';
import { ageColumn, firstOf, nameColumn, text } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';

const SPEC = path('spec');
const HOSTS_SHOWN_MAX = 3;

export const ingress: Strategy<Ingress> = {
  validated: true,
  ...specAndStatus<Ingress>(() => ({ loadBalancer: {} })),
  validate,
  validateUpdate: validate,
  columns: [
    nameColumn(),
    text(
      'Class',
      'Who serves it.',
      ({ spec, metadata }) =>
        spec?.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class'] ?? '<none>',
    ),
    text('Hosts', 'Hosts it answers for.', ({ spec }) => hostsText((spec?.rules ?? []).map(({ host }) => host || '*'))),
    text('Address', 'Where it is reached.', ({ status }) =>
      (status?.loadBalancer?.ingress ?? [])
        .map(({ ip, hostname }) => ip || hostname || '')
        .filter(Boolean)
        .join(','),
    ),
    text('Ports', 'Ports it is reached at.', ({ spec }) => ((spec?.tls ?? []).length > 0 ? '80, 443' : '80')),
    ageColumn(),
  ],
};

function hostsText(hosts: readonly string[]): string {
  return hosts.length === 0 ? '*' : firstOf(hosts, HOSTS_SHOWN_MAX);
}

function validate({ spec }: Ingress): FieldError[] {
  if (spec === undefined) return [];
  const errors: FieldError[] = [];
  if ((spec.rules ?? []).length === 0 && spec.defaultBackend === undefined) {
    errors.push(fieldErrors.invalid(SPEC, spec.rules ?? [], 'either `defaultBackend` or `rules` must be specified'));
  }
  if (spec.defaultBackend !== undefined)
    errors.push(...validateBackend(spec.defaultBackend, SPEC.child('defaultBackend')));
  if (spec.ingressClassName !== undefined)
    errors.push(
      ...invalidFor(
        names.dns1123Subdomain(spec.ingressClassName),
        spec.ingressClassName,
        SPEC.child('ingressClassName'),
      ),
    );
  errors.push(...each(spec.rules, SPEC.child('rules'), validateRule));
  errors.push(...each(spec.tls, SPEC.child('tls'), ({ hosts }, at) => each(hosts, at.child('hosts'), validateHost)));
  return errors;
}

type Rule = NonNullable<NonNullable<Ingress['spec']>['rules']>[number];

function validateRule({ host, http }: Rule, at: FieldPath): FieldError[] {
  const errors = empty(host) ? [] : validateHost(host, at.child('host'));
  if (http === undefined) return errors;
  const pathsAt = at.child('http', 'paths');
  if ((http.paths ?? []).length === 0) errors.push(fieldErrors.required(pathsAt, ''));
  return [
    ...errors,
    ...each(http.paths, pathsAt, (item, where) => [
      ...validatePath(item, where),
      ...validateBackend(item.backend, where.child('backend')),
    ]),
  ];
}

function validateHost(host: string, at: FieldPath): FieldError[] {
  if (names.ip(host).length === 0) return [fieldErrors.invalid(at, host, 'must be a DNS name, not an IP address')];
  return invalidFor(host.includes('*') ? names.wildcardDns1123Subdomain(host) : names.dns1123Subdomain(host), host, at);
}

function validatePath(
  { path: value = '', pathType }: { readonly path?: string | undefined; readonly pathType?: string | undefined },
  at: FieldPath,
): FieldError[] {
  const where = at.child('path');
  if (pathType === undefined || pathType === null)
    return [fieldErrors.required(at.child('pathType'), 'pathType must be specified')];
  if (pathType === 'ImplementationSpecific') {
    return value !== '' && !value.startsWith('/')
      ? [fieldErrors.invalid(where, value, 'must be an absolute path')]
      : [];
  }
  if (pathType !== 'Exact' && pathType !== 'Prefix')
    return oneOf(pathType, ['Exact', 'ImplementationSpecific', 'Prefix'], at.child('pathType'));
  if (!value.startsWith('/')) return [fieldErrors.invalid(where, value, 'must be an absolute path')];
  const errors = ['//', '/./', '/../', '%2f', '%2F']
    .filter((bad) => value.includes(bad))
    .map((bad) => fieldErrors.invalid(where, value, `must not contain '${bad}'`));
  const ends = ['/..', '/.']
    .filter((bad) => value.endsWith(bad))
    .map((bad) => fieldErrors.invalid(where, value, `cannot end with '${bad}'`));
  return [...errors, ...ends];
}

function validateBackend({ service, resource }: IngressBackend, at: FieldPath): FieldError[] {
  const serviceAt = at.child('service');
  if (resource !== undefined && service !== undefined)
    return [fieldErrors.invalid(at, '', 'cannot set both resource and service backends')];
  if (resource !== undefined) return [];
  if (service === undefined) return [fieldErrors.required(at, 'must specify one of: `resource`, `service`')];
  const errors = empty(service.name)
    ? [fieldErrors.required(serviceAt.child('name'), '')]
    : invalidFor(names.dns1035Label(service.name), service.name, serviceAt.child('name'));
  const { name = '', number = 0 } = service.port ?? {};
  if (name !== '' && number !== 0)
    errors.push(fieldErrors.invalid(serviceAt, service.port, 'cannot set both port name & port number'));
  else if (name !== '') errors.push(...invalidFor(names.portName(name), name, serviceAt.child('port', 'name')));
  else if (number !== 0)
    errors.push(...invalidFor(names.portNumber(number), number, serviceAt.child('port', 'number')));
  else errors.push(fieldErrors.required(serviceAt, 'port name or number is required'));
  return errors;
}

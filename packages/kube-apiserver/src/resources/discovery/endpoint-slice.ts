/** EndpointSlices. */
import {
  type DiscoveryEndpointPort,
  type Endpoint,
  type EndpointSlice,
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  path,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, immutable, invalidFor, oneOf, requiredOneOf } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { validateEndpointIp } from '../core/endpoints.ts';
import { validateLabels } from '../metadata.ts';
import { bumpGeneration } from '../preparation.ts';

const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;
const PORTS_MAX = 20000;
const TOPOLOGY_KEYS_MAX = 16;
const HINTS_MAX = 8;
const SHOWN_MAX = 3;

export const endpointSlice: Strategy<EndpointSlice> = {
  validated: true,
  defaults(draft) {
    for (const port of draft.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  prepareForCreate(draft) {
    draft.metadata.generation = 1;
  },
  prepareForUpdate(draft, old) {
    bumpGeneration(draft, old, ({ addressType, endpoints, ports, metadata }) => ({
      addressType,
      endpoints,
      ports,
      labels: metadata.labels,
    }));
  },
  validate,
  validateUpdate: (object, old) => [
    ...validate(object),
    ...immutable(object.addressType, old.addressType, path('addressType')),
  ],
  columns: [
    nameColumn(),
    text('AddressType', 'What the addresses are.', ({ addressType }) => addressType),
    text('Ports', 'Ports of every endpoint.', ({ ports }) => portsText(ports)),
    text('Endpoints', 'Addresses.', ({ endpoints }) =>
      shorten(
        (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
        '<unset>',
      ),
    ),
    ageColumn(),
  ],
};

function portsText(ports: readonly DiscoveryEndpointPort[] = []): string {
  return shorten(
    ports.map(({ port, name }) => (port !== undefined ? String(port) : name ? name : '*')),
    '<unset>',
  );
}

function shorten(values: readonly string[], none: string): string {
  if (values.length === 0) return none;
  const shown = values.slice(0, SHOWN_MAX).join(',');
  return values.length > SHOWN_MAX ? `${shown} + ${values.length - SHOWN_MAX} more...` : shown;
}

function validate({ addressType, endpoints, ports }: EndpointSlice): FieldError[] {
  return [
    ...requiredOneOf(addressType, ['FQDN', 'IPv4', 'IPv6'], path('addressType')),
    ...validateEndpoints(endpoints ?? [], addressType),
    ...validatePorts(ports ?? []),
  ];
}

function validateEndpoints(endpoints: readonly Endpoint[], addressType: string): FieldError[] {
  const at = path('endpoints');
  if (endpoints.length > ENDPOINTS_MAX) return [fieldErrors.tooMany(at, endpoints.length, ENDPOINTS_MAX)];
  return each(endpoints, at, (endpoint, where) => [
    ...validateAddresses(endpoint.addresses ?? [], addressType, where.child('addresses')),
    ...(endpoint.nodeName === undefined
      ? []
      : invalidFor(names.dns1123Subdomain(endpoint.nodeName), endpoint.nodeName, where.child('nodeName'))),
    ...validateTopology(endpoint.deprecatedTopology ?? {}, where.child('deprecatedTopology')),
    ...(endpoint.hostname === undefined
      ? []
      : invalidFor(names.dns1123Label(endpoint.hostname), endpoint.hostname, where.child('hostname'))),
    ...validateHints(endpoint.hints?.forZones ?? [], names.labelValue, where.child('hints', 'forZones')),
    ...validateHints(endpoint.hints?.forNodes ?? [], names.dns1123Subdomain, where.child('hints', 'forNodes')),
  ]);
}

function validateAddresses(addresses: readonly string[], addressType: string, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(fieldErrors.required(at, 'must contain at least 1 address'));
  if (addresses.length > ADDRESSES_MAX) errors.push(fieldErrors.tooMany(at, addresses.length, ADDRESSES_MAX));
  return [...errors, ...each(addresses, at, (address, where) => validateAddress(address, addressType, where))];
}

/** Addresses of a type that is none have no rule. */
function validateAddress(address: string, addressType: string, at: FieldPath): FieldError[] {
  if (addressType === 'FQDN') return validateDomain(address, at);
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return [];
  const errors = validateEndpointIp(address, at);
  const fits = address.includes(':') === (addressType === 'IPv6');
  return errors.length > 0 || fits ? errors : [fieldErrors.invalid(at, address, `must be an ${addressType} address`)];
}

/** At least two labels; a dot at the end is fine. */
function validateDomain(address: string, at: FieldPath): FieldError[] {
  if (address === '') return [fieldErrors.required(at, '')];
  const name = address.endsWith('.') ? address.slice(0, -1) : address;
  const messages = names.dns1123Subdomain(name);
  if (messages.length > 0) return [fieldErrors.invalid(at, name, messages.join(','))];
  const labels = name.split('.');
  if (labels.length < 2)
    return [fieldErrors.invalid(at, name, 'should be a domain with at least two segments separated by dots')];
  const long = labels.find((label) => names.dns1123Label(label).length > 0);
  return long === undefined ? [] : [fieldErrors.invalid(at, long, names.dns1123Label(long).join(','))];
}

function validateTopology(topology: Readonly<Record<string, string>>, at: FieldPath): FieldError[] {
  const size = Object.keys(topology).length;
  return [
    ...(size > TOPOLOGY_KEYS_MAX ? [fieldErrors.tooMany(at, size, TOPOLOGY_KEYS_MAX)] : []),
    ...validateLabels(topology, at),
  ];
}

/** Where else an endpoint should be used: zones, or nodes. */
function validateHints(
  hints: readonly { readonly name: string }[],
  rule: (name: string) => readonly string[],
  at: FieldPath,
): FieldError[] {
  if (hints.length > HINTS_MAX) return [fieldErrors.tooMany(at, hints.length, HINTS_MAX)];
  const seen = new Set<string>();
  return each(hints, at, ({ name }, where) => {
    const twice = seen.has(name) ? [fieldErrors.duplicate(where.child('name'), name)] : [];
    seen.add(name);
    return [...twice, ...invalidFor(rule(name), name, where.child('name'))];
  });
}

function validatePorts(ports: readonly DiscoveryEndpointPort[]): FieldError[] {
  const at = path('ports');
  if (ports.length > PORTS_MAX) return [fieldErrors.tooMany(at, ports.length, PORTS_MAX)];
  const seen = new Set<string>();
  return each(ports, at, ({ name = '', protocol, appProtocol }, where) => {
    const errors = name === '' ? [] : invalidFor(names.dns1123Label(name), name, where.child('name'));
    if (seen.has(name)) errors.push(fieldErrors.duplicate(where.child('name'), name));
    seen.add(name);
    errors.push(
      ...(protocol === undefined
        ? [fieldErrors.required(where.child('protocol'), '')]
        : oneOf(protocol, ['SCTP', 'TCP', 'UDP'], where.child('protocol'))),
    );
    if (appProtocol !== undefined)
      errors.push(...invalidFor(names.qualifiedName(appProtocol), appProtocol, where.child('appProtocol')));
    return errors;
  });
}

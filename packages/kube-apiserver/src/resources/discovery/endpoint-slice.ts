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
import { each, empty, immutable, invalidFor, nonNegative, oneOf, requiredOneOf } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { validateEndpointIp } from '../core/endpoints.ts';
import { bumpGeneration } from '../preparation.ts';

const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;
const PORTS_MAX = 20000;
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
  return each(endpoints, at, (endpoint, where) => {
    const addressesAt = where.child('addresses');
    const addresses = endpoint.addresses ?? [];
    const errors: FieldError[] = [];
    if (addresses.length === 0) errors.push(fieldErrors.required(addressesAt, 'must contain at least 1 address'));
    else if (addresses.length > ADDRESSES_MAX)
      errors.push(fieldErrors.tooMany(addressesAt, addresses.length, ADDRESSES_MAX));
    errors.push(...each(addresses, addressesAt, (address, itemAt) => validateAddress(address, addressType, itemAt)));
    if (!empty(endpoint.nodeName))
      errors.push(...invalidFor(names.dns1123Subdomain(endpoint.nodeName), endpoint.nodeName, where.child('nodeName')));
    if (!empty(endpoint.hostname))
      errors.push(...invalidFor(names.dns1123Label(endpoint.hostname), endpoint.hostname, where.child('hostname')));
    for (const key of Object.keys(endpoint.deprecatedTopology ?? {}))
      errors.push(...invalidFor(names.qualifiedName(key), key, where.child('deprecatedTopology')));
    return [
      ...errors,
      ...each(endpoint.hints?.forZones, where.child('hints', 'forZones'), ({ name }, zoneAt) =>
        invalidFor(names.dns1123Label(name), name, zoneAt.child('name')),
      ),
    ];
  });
}

function validateAddress(address: string, addressType: string, at: FieldPath): FieldError[] {
  if (addressType === 'FQDN') return invalidFor(names.dns1123Subdomain(address), address, at);
  const errors = validateEndpointIp(address, at);
  if (errors.length > 0) return errors;
  const isV6 = address.includes(':');
  if (addressType === 'IPv4' && isV6) return [fieldErrors.invalid(at, address, 'must be an IPv4 address')];
  if (addressType === 'IPv6' && !isV6) return [fieldErrors.invalid(at, address, 'must be an IPv6 address')];
  return [];
}

function validatePorts(ports: readonly DiscoveryEndpointPort[]): FieldError[] {
  const at = path('ports');
  if (ports.length > PORTS_MAX) return [fieldErrors.tooMany(at, ports.length, PORTS_MAX)];
  const seen = new Set<string>();
  return each(ports, at, ({ name = '', port, protocol, appProtocol }, where) => {
    const errors = name === '' ? [] : invalidFor(names.dns1123Label(name), name, where.child('name'));
    if (seen.has(name)) errors.push(fieldErrors.duplicate(where.child('name'), name));
    seen.add(name);
    errors.push(...oneOf(protocol, ['SCTP', 'TCP', 'UDP'], where.child('protocol')));
    errors.push(...(port === undefined ? [] : nonNegative(port, where.child('port'))));
    if (!empty(appProtocol))
      errors.push(...invalidFor(names.qualifiedName(appProtocol), appProtocol, where.child('appProtocol')));
    return errors;
  });
}

/** Endpoints: deprecated since v1.33 for EndpointSlices, and still what old clients read. */
import {
  type EndpointSubset,
  type Endpoints,
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  path,
  semanticEqual,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { canonicalAddress, ipWarnings, validateIp } from '../addresses.ts';
import { each, empty, invalidFor, requiredOneOf } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

type Address = NonNullable<EndpointSubset['addresses']>[number];
type Port = NonNullable<EndpointSubset['ports']>[number];
/** How many endpoints the column names before it only counts them. */
const SHOWN_MAX = 3;

export const endpoints: Strategy<Endpoints> = {
  validated: true,
  defaults(draft) {
    for (const subset of draft.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  },
  allowCreateOnUpdate: true,
  validate: (object) => validateSubsets(object),
  // What was good for an older server stays, as long as nobody changes it.
  validateUpdate: (object, old) =>
    semanticEqual(object.subsets ?? [], old.subsets ?? []) ? [] : validateSubsets(object),
  warnings: endpointsWarnings,
  columns: [
    nameColumn(),
    text('Endpoints', 'Addresses and ports.', ({ subsets }) => endpointsText(subsets)),
    ageColumn(),
  ],
};

function endpointsText(subsets: readonly EndpointSubset[] = []): string {
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) =>
          addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)),
        ),
  );
  if (all.length === 0) return '<none>';
  const shown = all.slice(0, SHOWN_MAX).join(',');
  return all.length > SHOWN_MAX ? `${shown} + ${all.length - SHOWN_MAX} more...` : shown;
}

function validateSubsets({ subsets }: Endpoints): FieldError[] {
  return each(subsets, path('subsets'), (subset, at) => {
    const { addresses = [], notReadyAddresses = [], ports } = subset;
    const none = addresses.length + notReadyAddresses.length === 0;
    return [
      ...(none ? [fieldErrors.required(at, 'must specify `addresses` or `notReadyAddresses`')] : []),
      ...each(addresses, at.child('addresses'), validateAddress),
      ...each(notReadyAddresses, at.child('notReadyAddresses'), validateAddress),
      ...each(ports, at.child('ports'), (port, where) => validatePort(port, (ports ?? []).length > 1, where)),
    ];
  });
}

function validateAddress({ ip, hostname, nodeName }: Address, at: FieldPath): FieldError[] {
  return [
    ...validateIp(ip, at.child('ip')),
    ...(empty(hostname) ? [] : invalidFor(names.dns1123Label(hostname), hostname, at.child('hostname'))),
    ...(nodeName === undefined ? [] : invalidFor(names.dns1123Subdomain(nodeName), nodeName, at.child('nodeName'))),
    ...validateEndpointIp(ip, at.child('ip'), 'must be a valid IP address'),
  ];
}

/** An address that traffic can be sent to, and that does not lead back into the node itself. */
export function validateEndpointIp(
  address: string,
  at: FieldPath,
  malformed = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
): FieldError[] {
  const invalid = (detail: string) => [fieldErrors.invalid(at, address, detail)];
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return invalid(malformed);
  if (canonical === '0.0.0.0' || canonical === '::') return invalid(`may not be unspecified (${address})`);
  if (canonical.startsWith('127.') || canonical === '::1')
    return invalid('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (canonical.startsWith('169.254.') || /^fe[89ab].:/.test(canonical))
    return invalid('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if (canonical.startsWith('224.0.0.') || /^ff.2:/.test(canonical))
    return invalid('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  return [];
}

function validatePort({ name, port, protocol, appProtocol }: Port, several: boolean, at: FieldPath): FieldError[] {
  return [
    ...(empty(name)
      ? several
        ? [fieldErrors.required(at.child('name'), '')]
        : []
      : invalidFor(names.dns1123Label(name), name, at.child('name'))),
    ...invalidFor(names.portNumber(port), port, at.child('port')),
    ...requiredOneOf(protocol, ['SCTP', 'TCP', 'UDP'], at.child('protocol')),
    ...(appProtocol === undefined
      ? []
      : invalidFor(names.qualifiedName(appProtocol), appProtocol, at.child('appProtocol'))),
  ];
}

function endpointsWarnings({ subsets }: Endpoints): string[] {
  return (subsets ?? []).flatMap(({ addresses, notReadyAddresses }, index) => {
    const at = path('subsets').index(index);
    const warnings = (list: readonly Address[] | undefined, field: string) =>
      (list ?? []).flatMap(({ ip }, position) => ipWarnings(ip, at.child(field).index(position).child('ip')));
    return [...warnings(addresses, 'addresses'), ...warnings(notReadyAddresses, 'notReadyAddresses')];
  });
}

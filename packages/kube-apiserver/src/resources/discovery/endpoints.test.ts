import { type EndpointSlice, type Endpoints, Resources } from '@steersman/api';
import { badLabels } from '../bad-metadata.ts';
import { type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { endpoints } from '../core/endpoints.ts';
import { endpointSlice } from './endpoint-slice.ts';

const IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const metadata = { namespace: 'default', name: 'web' };

const endpointsKind: Kind<Endpoints> = {
  name: 'endpoints',
  type: Resources.endpoints,
  strategy: endpoints,
  good: {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata,
    subsets: [{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 80 }] }],
  },
};
const subset = (patch: object) => ({ subsets: [{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 80 }], ...patch }] });
refusesToCreate(endpointsKind, [
  ...badLabels.slice(0, 4),
  [
    'a subset without addresses',
    subset({ addresses: [] }),
    ['Required subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
  ],
  [
    'an address that is none',
    subset({ addresses: [{ ip: 'web' }] }),
    [
      `Invalid subsets[0].addresses[0].ip: Invalid value: "web": ${IP}`,
      'Invalid subsets[0].addresses[0].ip: Invalid value: "web": must be a valid IP address',
    ],
  ],
  [
    'a loopback address',
    subset({ addresses: [{ ip: '127.0.0.1' }] }),
    [
      'Invalid subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
  ],
  [
    'a link-local address',
    subset({ addresses: [{ ip: '169.254.1.1' }] }),
    [
      'Invalid subsets[0].addresses[0].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ],
  ],
  [
    'a port out of range',
    subset({ ports: [{ port: 0 }] }),
    ['Invalid subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
  ],
  [
    'several ports without names',
    subset({ ports: [{ port: 80 }, { name: 'b', port: 81 }] }),
    ['Required subsets[0].ports[0].name: Required value'],
  ],
  [
    'an unknown protocol',
    subset({ ports: [{ port: 80, protocol: 'ICMP' }] }),
    ['NotSupported subsets[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'],
  ],
]);

const sliceKind: Kind<EndpointSlice> = {
  name: 'endpointSlice',
  type: Resources.endpointSlices,
  strategy: endpointSlice,
  good: {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.1.1'] }],
    ports: [{ port: 80 }],
  },
};
refusesToCreate(sliceKind, [
  ...badLabels.slice(0, 3),
  [
    'an unknown address type',
    { addressType: 'MAC' },
    ['NotSupported addressType: Unsupported value: "MAC": supported values: "FQDN", "IPv4", "IPv6"'],
  ],
  [
    'an endpoint without addresses',
    { endpoints: [{ addresses: [] }] },
    ['Required endpoints[0].addresses: Required value: must contain at least 1 address'],
  ],
  [
    'an address that is none',
    { endpoints: [{ addresses: ['web'] }] },
    [`Invalid endpoints[0].addresses[0]: Invalid value: "web": ${IP}`],
  ],
  [
    'an address of the other family',
    { endpoints: [{ addresses: ['2001:db8::1'] }] },
    ['Invalid endpoints[0].addresses[0]: Invalid value: "2001:db8::1": must be an IPv4 address'],
  ],
  [
    'more than a thousand endpoints',
    { endpoints: Array.from({ length: 1001 }, () => ({ addresses: ['10.1.1.1'] })) },
    ['TooMany endpoints: Too many: 1001: must have at most 1000 items'],
  ],
  [
    'two ports of one name',
    {
      ports: [
        { name: 'a', port: 80 },
        { name: 'a', port: 81 },
      ],
    },
    ['Duplicate ports[1].name: Duplicate value: "a"'],
  ],
  [
    'an unknown protocol',
    { ports: [{ port: 80, protocol: 'ICMP' }] },
    ['NotSupported ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'],
  ],
]);
refusesToUpdate(sliceKind, [
  [
    'another address type',
    { addressType: 'FQDN', endpoints: [{ addresses: ['a.b'] }] },
    ['Invalid addressType: Invalid value: "FQDN": field is immutable'],
  ],
]);

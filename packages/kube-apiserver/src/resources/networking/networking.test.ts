import {
  type Ingress,
  type IngressClass,
  type IPAddress,
  type NetworkPolicy,
  Resources,
  type ServiceCIDR,
} from '@steersman/api';
import { type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { ingress } from './ingress.ts';
import { ingressClass } from './ingress-class.ts';
import { ipAddress } from './ip-address.ts';
import { networkPolicy } from './network-policy.ts';
import { serviceCidr } from './service-cidr.ts';

const API = 'networking.k8s.io/v1';
const spec = (patch: object) => ({ spec: patch });
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const backend = { service: { name: 'web', port: { number: 80 } } };
const paths = (patch: object) =>
  spec({ rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...patch }] } }] });
const AT = 'spec.rules[0].http.paths[0]';
const ingresses: Kind<Ingress> = {
  name: 'ingress',
  type: Resources.ingresses,
  strategy: ingress,
  good: {
    apiVersion: API,
    kind: 'Ingress',
    metadata: { namespace: 'default', name: 'web' },
    spec: { rules: [{ host: '*.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  },
};
refusesToCreate(ingresses, [
  [
    'nothing to serve',
    spec({ rules: null }),
    ['Invalid spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
  ],
  [
    'a host that is an address',
    spec({ rules: [{ host: '10.0.0.1' }] }),
    ['Invalid spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
  ],
  [
    'a wildcard inside a host',
    spec({ rules: [{ host: 'a.*.com' }] }),
    [
      "Invalid spec.rules[0].host: Invalid value: \"a.*.com\": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  [
    'a path without type',
    paths({ pathType: null }),
    [`Required ${AT}.pathType: Required value: pathType must be specified`],
  ],
  [
    'an unknown type of path',
    paths({ pathType: 'Suffix' }),
    [
      `NotSupported ${AT}.pathType: Unsupported value: "Suffix": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
    ],
  ],
  [
    'a path that leads up',
    paths({ path: '/a/../..' }),
    [
      `Invalid ${AT}.path: Invalid value: "/a/../..": must not contain '/../'`,
      `Invalid ${AT}.path: Invalid value: "/a/../..": cannot end with '/..'`,
    ],
  ],
  [
    'a backend of nothing',
    paths({ backend: {} }),
    [`Invalid ${AT}.backend: Invalid value: "": resource or service backend is required`],
  ],
  [
    'a backend without port',
    paths({ backend: { service: { name: 'web', port: null } } }),
    [`Required ${AT}.backend: Required value: port name or number is required`],
  ],
  [
    'a backend with two ports',
    paths({ backend: { service: { name: 'web', port: { name: 'http', number: 80 } } } }),
    [`Invalid ${AT}.backend: Invalid value: "": cannot set both port name & port number`],
  ],
  [
    'a backend object without kind',
    paths({ backend: { resource: { name: 'x' } } }),
    [`Required ${AT}.backend.resource.kind: Required value: kind is required`],
  ],
  [
    'a secret that is no name',
    spec({ tls: [{ secretName: 'A' }] }),
    [`Invalid spec.tls[0].secretName: Invalid value: "A": ${SUBDOMAIN}`],
  ],
  [
    'an annotation that contradicts the class',
    { metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } }, spec: { ingressClassName: 'b' } },
    [
      'Invalid annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
    ],
  ],
]);

const classes: Kind<IngressClass> = {
  name: 'ingressClass',
  type: Resources.ingressClasses,
  strategy: ingressClass,
  good: { apiVersion: API, kind: 'IngressClass', metadata: { name: 'main' }, spec: { controller: 'acme.io/foo' } },
};
const parameters = (patch: object) => spec({ parameters: { kind: 'Config', name: 'x', ...patch } });
refusesToCreate(classes, [
  ['no controller', spec({ controller: '' }), ['Required spec.controller: Required value']],
  [
    'a controller without domain',
    spec({ controller: 'foo' }),
    ['Invalid spec.controller: Invalid value: "foo": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    'parameters of a namespace without saying which',
    parameters({ scope: 'Namespace' }),
    ["Required spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
  ],
  [
    'parameters of the cluster in a namespace',
    parameters({ namespace: 'x' }),
    ["Forbidden spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
  ],
  [
    'parameters of an unknown scope',
    parameters({ scope: 'Node' }),
    ['NotSupported spec.parameters.scope: Unsupported value: "Node": supported values: "Cluster", "Namespace"'],
  ],
]);
refusesToUpdate(classes, [
  [
    'another controller',
    spec({ controller: 'acme.io/bar' }),
    ['Invalid spec.controller: Invalid value: "acme.io/bar": field is immutable'],
  ],
]);

const policies: Kind<NetworkPolicy> = {
  name: 'networkPolicy',
  type: Resources.networkPolicies,
  strategy: networkPolicy,
  good: {
    apiVersion: API,
    kind: 'NetworkPolicy',
    metadata: { namespace: 'default', name: 'deny' },
    spec: { podSelector: {}, ingress: [] },
  },
};
const port = (patch: object) => spec({ ingress: [{ ports: [patch] }] });
const peer = (patch: object) => spec({ ingress: [{ from: [patch] }] });
const PORT = 'spec.ingress[0].ports[0]';
const PEER = 'spec.ingress[0].from[0]';
refusesToCreate(policies, [
  [
    'an unknown protocol',
    port({ protocol: 'ICMP' }),
    [`NotSupported ${PORT}.protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"`],
  ],
  [
    'an end without a beginning',
    port({ endPort: 80 }),
    [`Invalid ${PORT}.endPort: Invalid value: 80: may not be specified when \`port\` is not specified`],
  ],
  [
    'an end after a name',
    port({ port: 'http', endPort: 80 }),
    [`Invalid ${PORT}.endPort: Invalid value: 80: may not be specified when \`port\` is non-numeric`],
  ],
  [
    'an end before the beginning',
    port({ port: 81, endPort: 80 }),
    [`Invalid ${PORT}.endPort: Invalid value: 81: must be greater than or equal to \`port\``],
  ],
  ['a peer that is nobody', peer({}), [`Required ${PEER}: Required value: must specify a peer`]],
  [
    'a peer that is a range and pods',
    peer({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
    [`Forbidden ${PEER}: Forbidden: may not specify both ipBlock and another peer`],
  ],
  [
    'an exception outside its range',
    peer({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '11.0.0.0/16', '10.0.0.0/8'] } }),
    [
      `Invalid ${PEER}.ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of \`cidr\``,
      `Invalid ${PEER}.ipBlock.except[2]: Invalid value: "10.0.0.0/8": must be a strict subset of \`cidr\``,
    ],
  ],
  [
    'too many types',
    spec({ policyTypes: ['Ingress', 'Egress', 'Ingress'] }),
    [
      'Invalid spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes',
    ],
  ],
  [
    'an unknown type',
    spec({ policyTypes: ['Both'] }),
    ['NotSupported spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"'],
  ],
]);

const addresses: Kind<IPAddress> = {
  name: 'ipAddress',
  type: Resources.ipAddresses,
  strategy: ipAddress,
  good: {
    apiVersion: API,
    kind: 'IPAddress',
    metadata: { name: '10.96.0.10' },
    spec: { parentRef: { resource: 'services', namespace: 'kube-system', name: 'kube-dns' } },
  },
};
refusesToCreate(addresses, [
  [
    'a name that is no address',
    { metadata: { name: 'ten' } },
    ['Invalid metadata.name: Invalid value: "ten": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ],
  [
    'an address in a form of its own',
    { metadata: { name: '2001:DB8::1' } },
    ['Invalid metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")'],
  ],
  ['an address of nobody', spec({ parentRef: null }), ['Required spec.parentRef: Required value']],
  ['a parent without name', spec({ parentRef: { name: '' } }), ['Required spec.parentRef.name: Required value']],
]);
refusesToUpdate(addresses, [
  [
    'another parent',
    spec({ parentRef: { name: 'other' } }),
    [
      'Invalid spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"kube-system","Name":"other"}: field is immutable',
    ],
  ],
]);

const ranges: Kind<ServiceCIDR> = {
  name: 'serviceCidr',
  type: Resources.serviceCIDRs,
  strategy: serviceCidr,
  good: { apiVersion: API, kind: 'ServiceCIDR', metadata: { name: 'more' }, spec: { cidrs: ['10.97.0.0/16'] } },
};
refusesToCreate(ranges, [
  ['no range', spec({ cidrs: [] }), ['Required spec.cidrs: Required value: at least one CIDR required']],
  [
    'two ranges of one family',
    spec({ cidrs: ['10.97.0.0/16', '10.98.0.0/16'] }),
    [
      'Invalid spec.cidrs: Invalid value: {"CIDRs":["10.97.0.0/16","10.98.0.0/16"]}: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ],
  ],
  [
    'a range with bits of a host',
    spec({ cidrs: ['10.97.0.1/16'] }),
    ['Invalid spec.cidrs[0]: Invalid value: "10.97.0.1/16": must not have bits set beyond the prefix length'],
  ],
  [
    'a range in a form of its own',
    spec({ cidrs: ['FD00::/108'] }),
    ['Invalid spec.cidrs[0]: Invalid value: "FD00::/108": must be in canonical form ("fd00::/108")'],
  ],
]);
refusesToUpdate(ranges, [
  [
    'another range',
    spec({ cidrs: ['10.98.0.0/16'] }),
    ['Invalid spec.cidrs: Invalid value: ["10.98.0.0/16"]: field is immutable'],
  ],
]);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Node, Resources } from '@steersman/api';
import { badLabels } from '../bad-metadata.ts';
import { type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { namespace } from './namespace.ts';
import { node } from './node.ts';

const nodeKind: Kind<Node> = {
  name: 'node',
  type: Resources.nodes,
  strategy: node,
  good: {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1' },
    spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'], providerID: 'local://n1' },
  },
};
refusesToCreate(nodeKind, [
  ...badLabels,
  [
    'a taint without an effect',
    { spec: { taints: [{ key: 'a' }] } },
    ['Required metadata.taints[0].effect: Required value'],
  ],
  [
    'an unknown taint effect',
    { spec: { taints: [{ key: 'a', effect: 'Never' }] } },
    [
      'NotSupported metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  ],
  [
    'one taint twice',
    {
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoSchedule' },
        ],
      },
    },
    [
      'Duplicate metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    ],
  ],
  [
    'a pod range that is none',
    { spec: { podCIDRs: ['10.244.0.0'] } },
    [
      'Invalid spec.podCIDRs[0]: Invalid value: "10.244.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
  [
    'two pod ranges of one family',
    { spec: { podCIDRs: ['10.244.0.0/24', '10.245.0.0/24'] } },
    [
      'Invalid spec.podCIDRs: Invalid value: ["10.244.0.0/24","10.245.0.0/24"]: may specify no more than one CIDR for each IP family',
    ],
  ],
  [
    'negative capacity',
    { status: { capacity: { cpu: '-1' } } },
    [
      'Invalid status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'Invalid status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ],
  [
    'half a device',
    { status: { capacity: { 'example.com/gpu': '500m' }, allocatable: {} } },
    ['Invalid status.capacity.example.com/gpu: Invalid value: "500m": must be an integer'],
  ],
]);
refusesToUpdate(nodeKind, [
  [
    'another pod range',
    { spec: { podCIDR: '10.244.1.0/24', podCIDRs: ['10.244.1.0/24'] } },
    ['Forbidden spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
  ],
  [
    'another provider id',
    { spec: { providerID: 'local://n2' } },
    ['Forbidden spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'],
  ],
]);

test('node.columns show status, roles and versions as kubectl prints them', () => {
  const object: Node = {
    metadata: {
      name: 'n1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': '' },
    },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      nodeInfo: { kubeletVersion: 'v1.36.0' } as never,
    },
  };
  const cells = (node.columns ?? []).map(({ value }) => value(object, Date.parse('2026-01-02T00:00:00Z')));
  assert.deepEqual(cells, [
    'n1',
    'Ready,SchedulingDisabled',
    'control-plane,worker',
    '24h',
    'v1.36.0',
    '10.0.0.1',
    '<none>',
    '<unknown>',
    '<unknown>',
    '<unknown>',
  ]);
});

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

refusesToCreate(
  {
    name: 'namespace',
    type: Resources.namespaces,
    strategy: namespace,
    good: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' }, spec: {} },
  },
  [
    ...badLabels,
    [
      'a name with a dot',
      { metadata: { name: 'a.b' } },
      ['Invalid metadata.name: Invalid value: "a.b": must not contain dots'],
    ],
    ['a name with capitals', { metadata: { name: 'A' } }, [`Invalid metadata.name: Invalid value: "A": ${LABEL}`]],
    // The server's own label repeats the name.
    [
      'a name of 64 characters',
      { metadata: { name: 'a'.repeat(64) } },
      ['name', 'labels'].map(
        (field) => `Invalid metadata.${field}: Invalid value: "${'a'.repeat(64)}": must be no more than 63 characters`,
      ),
    ],
    [
      'a namespace in a namespace',
      { metadata: { namespace: 'default' } },
      ['Forbidden metadata.namespace: Forbidden: not allowed on this type'],
    ],
    [
      'a finalizer of nobody',
      { spec: { finalizers: ['mine'] } },
      [
        'Invalid spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
      ],
    ],
  ],
);

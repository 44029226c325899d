import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@steersman/api';
import { placementsOf } from '../fake/decide.ts';
import { type NodeSketch, nodeOf, podOf } from '../fake/objects.ts';

const zone = (name: string) => ({ 'topology.kubernetes.io/zone': name });
const web = { app: 'web' };
const nearWeb = [{ topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: web } }];

interface Case {
  readonly title: string;
  readonly nodes: Readonly<Record<string, NodeSketch>>;
  readonly existing?: readonly Pod[];
  readonly pod: Pod;
  /** The nodes that are right, or the message when none is. */
  readonly expected: readonly string[] | string;
}

const cases: readonly Case[] = [
  {
    title: 'NodeResourcesFit refuses nodes without room and names everything that lacks',
    nodes: { small: { cpu: '1', memory: '1Gi' }, full: { pods: '0' }, odd: { cpu: '1500m', memory: '1Gi' } },
    pod: podOf('p', { requests: { cpu: '2', memory: '2Gi', 'example.com/gpu': '1' } }),
    expected:
      '0/3 nodes are available: 1 Too many pods, 2 Insufficient cpu, 2 Insufficient memory, 3 Insufficient example.com/gpu.',
  },
  {
    title: 'NodeResourcesFit counts what pods on the node ask for, extended resources too',
    nodes: { a: { more: { 'example.com/gpu': '1' } }, b: { more: { 'example.com/gpu': '1' } } },
    existing: [podOf('x', { nodeName: 'a', requests: { 'example.com/gpu': '1' } })],
    pod: podOf('p', { requests: { 'example.com/gpu': '1' } }),
    expected: ['b'],
  },
  {
    title: 'NodeResourcesFit counts init containers one by one and sidecars all along',
    nodes: { three: { cpu: '3' }, four: { cpu: '4' } },
    pod: podOf('p', {
      requests: { cpu: '1' },
      spec: {
        initContainers: [
          { name: 'sidecar', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } },
          { name: 'init', resources: { requests: { cpu: '2500m' } } },
        ],
      },
    }),
    expected: ['four'],
  },
  {
    title: 'NodeUnschedulable refuses cordoned nodes',
    nodes: { a: { spec: { unschedulable: true } }, b: {} },
    pod: podOf('p'),
    expected: ['b'],
  },
  {
    title: 'TaintToleration names the taint',
    nodes: {
      a: { spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] } },
      b: { cpu: '1' },
      c: { cpu: '1' },
    },
    pod: podOf('p', { requests: { cpu: '2' } }),
    expected: '0/3 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}, 2 Insufficient cpu.',
  },
  {
    title: 'TaintToleration lets tolerating pods in',
    nodes: { a: { spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoExecute' }] } } },
    pod: podOf('p', { spec: { tolerations: [{ key: 'dedicated', operator: 'Exists' }] } }),
    expected: ['a'],
  },
  {
    title: 'NodeAffinity honours nodeSelector',
    nodes: { a: { labels: { disk: 'ssd' } }, b: {} },
    pod: podOf('p', { spec: { nodeSelector: { disk: 'ssd' } } }),
    expected: ['a'],
  },
  {
    title: 'NodeAffinity takes any of several terms, and Gt as numbers',
    nodes: { a: { labels: { gen: '9' } }, b: { labels: { gen: '10' } }, c: { labels: zone('z1') }, d: {} },
    pod: podOf('p', {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'gen', operator: 'Gt', values: ['9'] }] },
                { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['z1', 'z2'] }] },
                {},
              ],
            },
          },
        },
      },
    }),
    expected: ['b', 'c'],
  },
  {
    title: 'NodeAffinity looks only at the node that a daemon pod names',
    nodes: { a: {}, b: { cpu: '1' }, c: {} },
    pod: podOf('p', {
      requests: { cpu: '2' },
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }],
            },
          },
        },
      },
    }),
    expected: "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
  },
  {
    title: 'NodePorts refuses a taken port on any address',
    nodes: { a: {}, b: {} },
    existing: [
      podOf('x', {
        nodeName: 'a',
        spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80, hostIP: '127.0.0.1' }] }] },
      }),
    ],
    pod: podOf('p', { spec: { containers: [{ name: 'c', ports: [{ containerPort: 8080, hostPort: 80 }] }] } }),
    expected: ['b'],
  },
  {
    title: 'NodePorts lets one port be taken once per protocol and address',
    nodes: { a: {} },
    existing: [
      podOf('x', {
        nodeName: 'a',
        spec: { containers: [{ name: 'c', ports: [{ containerPort: 53, hostPort: 53, protocol: 'UDP' }] }] },
      }),
    ],
    pod: podOf('p', { spec: { containers: [{ name: 'c', ports: [{ containerPort: 53, hostPort: 53 }] }] } }),
    expected: ['a'],
  },
  {
    title: 'PodTopologySpread keeps the skew within its bound',
    nodes: { a: { labels: zone('z1') }, b: { labels: zone('z1') }, c: { labels: zone('z2') }, d: {} },
    existing: [podOf('x', { nodeName: 'a', labels: web }), podOf('y', { nodeName: 'b', labels: { app: 'other' } })],
    pod: podOf('p', {
      labels: web,
      spec: {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'topology.kubernetes.io/zone',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: web },
          },
        ],
      },
    }),
    expected: ['c'],
  },
  {
    title: 'PodTopologySpread tells a missing label from too much skew',
    nodes: { a: { labels: zone('z1') }, b: { labels: zone('z2'), cpu: '0' }, c: {} },
    existing: [podOf('x', { nodeName: 'a', labels: web })],
    pod: podOf('p', {
      labels: web,
      requests: { cpu: '1' },
      spec: {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'topology.kubernetes.io/zone',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: web },
          },
        ],
      },
    }),
    expected:
      "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints, 1 node(s) didn't match pod topology spread constraints (missing required label).",
  },
  {
    title: 'InterPodAffinity goes where the others are',
    nodes: { a: { labels: zone('z1') }, b: { labels: zone('z1') }, c: { labels: zone('z2') } },
    existing: [podOf('x', { nodeName: 'a', labels: web })],
    pod: podOf('p', {
      spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: nearWeb } } },
    }),
    expected: ['a', 'b'],
  },
  {
    title: 'InterPodAffinity lets the first pod of a group go anywhere',
    nodes: { a: { labels: zone('z1') }, b: {} },
    pod: podOf('p', {
      labels: web,
      spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: nearWeb } } },
    }),
    expected: ['a'],
  },
  {
    title: 'InterPodAffinity looks only into its own namespace unless told otherwise',
    nodes: { a: { labels: zone('z1') } },
    existing: [podOf('x', { nodeName: 'a', labels: web, namespace: 'other' })],
    pod: podOf('p', {
      spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: nearWeb } } },
    }),
    expected: "0/1 nodes are available: 1 node(s) didn't match pod affinity rules.",
  },
  {
    title: 'InterPodAffinity keeps away from pods that it does not want, and from pods that do not want it',
    nodes: { a: { labels: zone('z1') }, b: { labels: zone('z2') }, c: { labels: zone('z3') } },
    existing: [
      podOf('x', { nodeName: 'a', labels: web }),
      podOf('y', {
        nodeName: 'b',
        spec: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: { app: 'loud' } } },
              ],
            },
          },
        },
      }),
    ],
    pod: podOf('p', {
      labels: { app: 'loud' },
      spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: nearWeb } } },
    }),
    expected: ['c'],
  },
];

for (const { title, nodes, existing = [], pod, expected } of cases) {
  test(title, () => {
    const sketches = Object.entries(nodes).map(([name, sketch]) => nodeOf(name, sketch));
    const { message, feasible } = placementsOf(sketches, existing, pod);
    if (typeof expected === 'string') assert.equal(message, expected);
    else assert.deepEqual(feasible, expected);
  });
}

test('failureMessage() says so when there are no nodes', () => {
  assert.equal(placementsOf([], [], podOf('p')).message, 'no nodes available to schedule pods');
});

/**
 * The scheduling algorithm alone: filter, score, choose, assume. No API server, no bindings.
 *
 * sh tools/with-node.sh bench/scheduler.ts [nodes] [pods]
 */
import type { Pod } from '@steersman/api';
import { createSchedulingBench } from '@steersman/kube-scheduler';

const nodes = Number(process.argv[2] ?? 5000);
const pods = Number(process.argv[3] ?? 10_000);
const zones = 3;

const spec = {
  containers: [{ name: 'main', image: 'app', resources: { requests: { cpu: '100m', memory: '128Mi' } } }],
};
const labels = { app: 'web' };
const selector = { matchLabels: labels };
const kinds: Readonly<Record<string, Pod['spec']>> = {
  plain: spec,
  'node affinity': {
    ...spec,
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['z0', 'z1'] }] },
          ],
        },
      },
    },
  },
  'spread over zones': {
    ...spec,
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: selector,
      },
    ],
  },
  'wished spread': {
    ...spec,
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: selector,
      },
    ],
  },
  'affinity to a zone': {
    ...spec,
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'topology.kubernetes.io/zone', labelSelector: selector },
        ],
      },
    },
  },
  'anti-affinity to hosts': {
    ...spec,
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: selector },
        ],
      },
    },
  },
};

for (const [kind, podSpec] of Object.entries(kinds)) {
  const bench = createSchedulingBench();
  for (let node = 0; node < nodes; node += 1)
    bench.addNode({
      metadata: {
        name: `node-${node}`,
        labels: { 'kubernetes.io/hostname': `node-${node}`, 'topology.kubernetes.io/zone': `z${node % zones}` },
      },
      spec: {},
      status: { allocatable: { cpu: '32', memory: '64Gi', pods: '110' } },
    });
  const count = kind.startsWith('anti') ? Math.min(pods, nodes) : pods;
  const startedMs = performance.now();
  let placed = 0;
  for (let pod = 0; pod < count; pod += 1) {
    const metadata = { name: `pod-${pod}`, namespace: 'default', uid: `uid-${pod}`, labels };
    if (bench.schedule({ metadata, spec: podSpec }) !== undefined) placed += 1;
  }
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `${kind.padEnd(24)} ${nodes} nodes  ${placed} of ${count} pods placed  ${Math.round(count / seconds)} pods/s`,
  );
}

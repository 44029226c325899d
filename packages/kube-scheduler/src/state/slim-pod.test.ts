import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@steersman/api';
import { placementsOf } from '../fake/decide.ts';
import { nodeOf, podOf } from '../fake/objects.ts';
import { podInfoOf } from './pod-info.ts';
import { slimPod } from './slim-pod.ts';

const full: Pod = {
  ...podOf('p', {
    labels: { app: 'web' },
    spec: {
      priority: 7,
      overhead: { cpu: '10m' },
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ operator: 'Exists' }],
      volumes: [{ name: 'data', emptyDir: {} }],
      initContainers: [
        {
          name: 'side',
          restartPolicy: 'Always',
          resources: { requests: { memory: '1Gi' } },
          env: [{ name: 'A', value: 'x' }],
        },
      ],
      containers: [
        {
          name: 'main',
          image: 'app',
          env: [{ name: 'LONG', value: 'x'.repeat(1000) }],
          ports: [{ containerPort: 80, hostPort: 80 }],
          resources: { requests: { cpu: '1', 'example.com/gpu': '1' } },
        },
      ],
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
          ],
        },
      },
    },
  }),
  status: {
    phase: 'Pending',
    conditions: [
      { type: 'PodScheduled', status: 'False' },
      { type: 'Ready', status: 'False' },
    ],
  },
};

test('slimPod() keeps all that scheduling asks of a pod, and little else', () => {
  const slim = slimPod(full);
  const { pod: _full, ...infoOfFull } = podInfoOf(full);
  const { pod: _slim, ...infoOfSlim } = podInfoOf(slim);
  assert.deepEqual({ ...infoOfSlim, affinity: undefined }, { ...infoOfFull, affinity: undefined });
  assert.equal(
    infoOfSlim.affinity.requiredAntiAffinity[0]?.signature,
    infoOfFull.affinity.requiredAntiAffinity[0]?.signature,
  );
  const nodes = [nodeOf('a', { labels: { disk: 'ssd' }, more: { 'example.com/gpu': '1' } }), nodeOf('b')];
  assert.deepEqual(placementsOf(nodes, [], slim).feasible, placementsOf(nodes, [], full).feasible);
  assert.ok(JSON.stringify(slim).length < JSON.stringify(full).length - 1000);
});

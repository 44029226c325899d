import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, ReplicaSet } from '@steersman/api';
import { planScaling } from './plan.ts';

const replicaSet = (replicas: number): ReplicaSet => ({
  metadata: { name: 'web', namespace: 'default', uid: 'w' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } } },
});
const pod = (name: string, nodeName?: string, ready = false): Pod => ({
  metadata: { name, namespace: 'default', uid: name, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { containers: [], ...(nodeName === undefined ? {} : { nodeName }) },
  status: {
    phase: nodeName === undefined ? 'Pending' : 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  },
});
const nowMs = Date.UTC(2026, 0, 2);
const neighbours = new Map<string, number>();

test('planScaling() creates at most 500 pods a pass', () => {
  assert.deepEqual(planScaling({ replicaSet: replicaSet(900), pods: [], neighbours, settled: true, nowMs }), {
    kind: 'create',
    count: 500,
  });
});

test('planScaling() waits while its own writes are not in the cache', () => {
  assert.deepEqual(planScaling({ replicaSet: replicaSet(3), pods: [], neighbours, settled: false, nowMs }), {
    kind: 'keep',
  });
});

test('planScaling() deletes unassigned pods first, then those not ready, then those on crowded nodes', () => {
  const pods = [pod('alone', 'n1', true), pod('crowded', 'n2', true), pod('unready', 'n1'), pod('pending')];
  const crowd = new Map([
    ['n1', 1],
    ['n2', 4],
  ]);
  const order = [3, 2, 1, 0].map((replicas) =>
    planScaling({ replicaSet: replicaSet(replicas), pods, neighbours: crowd, settled: true, nowMs }),
  );
  const names = order.map((scaling) =>
    scaling.kind === 'delete' ? scaling.pods.map(({ metadata }) => metadata.name) : [],
  );
  assert.deepEqual(names.at(-1), ['pending', 'unready', 'crowded', 'alone']);
  assert.deepEqual(
    names.map(({ length }) => length),
    [1, 2, 3, 4],
  );
});

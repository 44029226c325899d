import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@steersman/api';
import type { RuntimeContainerStatus } from '../runtime/contract.ts';
import { deadlineLeftMs, planEnding } from './termination.ts';

const container = (name: string, state: RuntimeContainerStatus['state'] = 'running') =>
  ({ id: name, name, state }) as RuntimeContainerStatus;
const pod: Pod = {
  metadata: {},
  spec: {
    initContainers: [
      { name: 'mesh', restartPolicy: 'Always' },
      { name: 'logs', restartPolicy: 'Always' },
    ],
    containers: [{ name: 'app' }],
    activeDeadlineSeconds: 60,
  },
};
const stops = (...running: RuntimeContainerStatus[]) => {
  const step = planEnding(pod, { sandboxes: [], containers: running });
  return step.kind === 'stop-containers' ? step.containers.map(({ name }) => name) : step.kind;
};

test('planEnding() stops sidecars last and in reverse order', () => {
  assert.deepEqual(stops(container('mesh'), container('logs'), container('app')), ['app']);
  assert.deepEqual(stops(container('mesh'), container('logs'), container('app', 'exited')), ['logs']);
  assert.deepEqual(stops(container('mesh'), container('logs', 'exited')), ['mesh']);
  assert.deepEqual(stops(container('mesh', 'exited')), 'ended');
});

test('deadlineLeftMs() counts from the start of the pod', () => {
  assert.equal(deadlineLeftMs(pod, 1000, 31_000), 30_000);
  assert.equal(deadlineLeftMs({ metadata: {}, spec: { containers: [] } }, 0, 0), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerStatus, Pod } from '@steersman/api';
import { containerForLogs } from './container-for-logs.ts';

function podWith(status: Partial<ContainerStatus>): Pod {
  const complete = { name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0, ...status };
  return { metadata: { name: 'p' }, spec: { containers: [] }, status: { containerStatuses: [complete] } };
}
const ended = (id: string) => ({ terminated: { exitCode: 1, containerID: `containerd://${id}` } });

const cases: readonly [string, Partial<ContainerStatus>, boolean, string][] = [
  ['running', { state: { running: {} }, containerID: 'containerd://a' }, false, 'a'],
  ['running, previous asked', { state: { running: {} }, lastState: ended('b') }, true, 'b'],
  ['waiting after a crash', { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended('b') }, false, 'b'],
  ['ended', { state: ended('c') }, false, 'c'],
];
for (const [name, status, previous, expected] of cases) {
  test(`containerForLogs() chooses the instance of a container that is ${name}`, () => {
    assert.equal(containerForLogs(podWith(status), 'c', previous), expected);
  });
}

const refusals: readonly [Partial<ContainerStatus>, boolean, string][] = [
  [
    { state: { waiting: { reason: 'ContainerCreating' } } },
    false,
    'container "c" in pod "p" is waiting to start: ContainerCreating',
  ],
  [
    { state: { waiting: { reason: 'ImagePullBackOff' } } },
    false,
    'container "c" in pod "p" is waiting to start: trying and failing to pull image',
  ],
  [{ state: { running: {} } }, true, 'previous terminated container "c" in pod "p" not found'],
  [{ name: 'other' }, false, 'container "c" in pod "p" is not available'],
];
for (const [status, previous, message] of refusals) {
  test(`containerForLogs() refuses with: ${message}`, () => {
    assert.throws(() => containerForLogs(podWith(status), 'c', previous), { message });
  });
}

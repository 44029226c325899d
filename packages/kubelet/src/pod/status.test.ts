import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, PodSpec, PodStatus } from '@steersman/api';
import type { RuntimeContainerStatus, SandboxStatus } from '../runtime/contract.ts';
import { qosClassOf } from './qos.ts';
import { podStatus } from './status.ts';
import { same, statusPatch } from './status-patch.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const podOf = (spec: Partial<PodSpec>, status?: PodStatus): Pod => ({
  metadata: { name: 'p', uid: 'u', generation: 2 },
  spec: { containers: [{ name: 'app', image: 'a' }], ...spec },
  ...(status === undefined ? {} : { status }),
});
const sandbox = { id: 's', ready: true, ips: ['10.0.0.2'], hostNetwork: false } as unknown as SandboxStatus;
const ran = (more: Partial<RuntimeContainerStatus> = {}) =>
  ({
    id: 'c1',
    name: 'app',
    state: 'running',
    sandboxId: 's',
    attempt: 0,
    image: 'a',
    imageId: 'sha256:1',
    annotations: {},
    startedAt: NOW - 1000,
    finishedAt: 0,
    exitCode: 0,
    reason: '',
    message: '',
    ...more,
  }) as RuntimeContainerStatus;
const probes = {
  liveness: () => 'success' as const,
  readiness: () => 'success' as const,
  startup: () => 'success' as const,
};
const statusOf = (pod: Pod, containers: RuntimeContainerStatus[], more: object = {}) =>
  podStatus({
    pod,
    runtime: { sandboxes: [sandbox], containers },
    probes,
    waiting: new Map(),
    terminationMessages: new Map(),
    resized: new Map(),
    runtimeName: 'containerd',
    ending: false,
    now: NOW,
    startedAt: NOW,
    hostIps: ['192.0.2.1'],
    ...more,
  });
const condition = (status: PodStatus, type: string) => status.conditions?.find((each) => each.type === type);

test('podStatus() shows a running pod as Running and Ready with its addresses', () => {
  const status = statusOf(podOf({}), [ran()]);
  assert.equal(status.phase, 'Running');
  assert.equal(condition(status, 'Ready')?.status, 'True');
  assert.deepEqual([status.podIP, status.hostIP, status.startTime], ['10.0.0.2', '192.0.2.1', '2026-01-01T12:00:00Z']);
  assert.equal(status.containerStatuses?.[0]?.containerID, 'containerd://c1');
});

test('podStatus() shows a pod of the node network under the address of the node', () => {
  assert.equal(statusOf(podOf({ hostNetwork: true }), [ran()]).podIP, '192.0.2.1');
});

test('podStatus() shows what has not started as waiting', () => {
  const status = statusOf(podOf({}), []);
  assert.equal(status.phase, 'Pending');
  assert.deepEqual(status.containerStatuses?.[0]?.state, { waiting: { reason: 'ContainerCreating' } });
  const initialising = statusOf(podOf({ initContainers: [{ name: 'one', image: 'a' }] }), []);
  assert.deepEqual(initialising.containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } });
  assert.equal(condition(initialising, 'Initialized')?.message, 'containers with incomplete status: [one]');
});

test('podStatus() shows why a crashed container waits and how it ended', () => {
  const waiting = new Map([['app', { reason: 'CrashLoopBackOff', message: 'back-off' }]]);
  const status = statusOf(podOf({}), [ran({ state: 'exited', exitCode: 2, finishedAt: NOW, reason: 'Error' })], {
    waiting,
    terminationMessages: new Map([['c1', 'oops']]),
  });
  const [container] = status.containerStatuses ?? [];
  assert.equal(container?.state?.waiting?.reason, 'CrashLoopBackOff');
  assert.deepEqual(
    [container?.lastState?.terminated?.exitCode, container?.lastState?.terminated?.message],
    [2, 'oops'],
  );
  assert.equal(status.phase, 'Running');
  assert.equal(condition(status, 'ContainersReady')?.message, 'containers with unready status: [app]');
});

test('podStatus() settles the phase of a pod that is not restarted', () => {
  const ended = (exitCode: number) =>
    statusOf(podOf({ restartPolicy: 'Never' }), [ran({ state: 'exited', exitCode, finishedAt: NOW })]).phase;
  assert.deepEqual([ended(0), ended(1)], ['Succeeded', 'Failed']);
});

test('podStatus() settles the phase of a pod that was ended whatever its policy', () => {
  assert.equal(
    statusOf(podOf({}), [ran({ state: 'exited', exitCode: 143, finishedAt: NOW })], { ending: true }).phase,
    'Failed',
  );
});

test('podStatus() keeps the transition time of a condition that stays', () => {
  const before = { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z' }] };
  const status = statusOf(podOf({}, before), [ran()]);
  assert.equal(condition(status, 'Ready')?.lastTransitionTime, '2025-01-01T00:00:00Z');
  assert.equal(condition(status, 'Initialized')?.lastTransitionTime, '2026-01-01T12:00:00Z');
});

test('podStatus() says a container is lost when the runtime has forgotten it', () => {
  const before: PodStatus = {
    containerStatuses: [
      {
        name: 'app',
        ready: true,
        restartCount: 1,
        image: 'a',
        imageID: '',
        state: { running: { startedAt: '2026-01-01T11:00:00Z' } },
      },
    ],
  };
  const status = statusOf(podOf({}, before), [], { ending: true });
  assert.equal(status.containerStatuses?.[0]?.state?.terminated?.reason, 'ContainerStatusUnknown');
});

test('podStatus() shows no containers of a pod that an earlier kubelet refused', () => {
  const refused: PodStatus = { phase: 'Failed', reason: 'OutOfcpu', message: 'm' };
  const status = statusOf(podOf({}, refused), [], { runtime: { sandboxes: [], containers: [] }, ending: true });
  assert.equal(status.reason, 'OutOfcpu');
  assert.equal(status.containerStatuses, undefined);
});

test('podStatus() gives the reason of a pod that must end only when its containers have ended', () => {
  const verdict = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'm' };
  const before = statusOf(podOf({}), [ran()], { verdict });
  assert.deepEqual([before.phase, before.reason], ['Running', undefined]);
  const after = statusOf(podOf({}), [ran({ state: 'exited', exitCode: 137 })], { verdict, ending: true });
  assert.deepEqual([after.phase, after.reason], ['Failed', 'DeadlineExceeded']);
});

test('statusPatch() names only what changed and leaves conditions of others alone', () => {
  const before: PodStatus = {
    phase: 'Pending',
    message: 'x',
    conditions: [
      { type: 'Ready', status: 'False', reason: 'R' },
      { type: 'example.com/gate', status: 'True' },
    ],
    podIPs: [{ ip: '1' }],
  };
  const after: PodStatus = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], podIPs: [{ ip: '2' }] };
  assert.deepEqual(statusPatch(before, after), {
    phase: 'Running',
    message: null,
    podIPs: [{ ip: '2' }, { $patch: 'replace' }],
    conditions: [{ type: 'Ready', status: 'True', reason: null }],
  });
  assert.equal(statusPatch(after, after), undefined);
});

test('same() takes empty and absent for equal', () => {
  assert.equal(same({ a: {}, b: [1] }, { b: [1] }), true);
  assert.equal(same({ b: [1] }, { b: [2] }), false);
});

test('qosClassOf() tells guaranteed, burstable and best effort apart', () => {
  const qos = (resources: object) => qosClassOf(podOf({ containers: [{ name: 'app', resources }] }));
  assert.equal(qos({}), 'BestEffort');
  assert.equal(qos({ requests: { cpu: '1' } }), 'Burstable');
  assert.equal(qos({ limits: { cpu: '1', memory: '1Gi' } }), 'Guaranteed');
  assert.equal(qos({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }), 'Burstable');
});

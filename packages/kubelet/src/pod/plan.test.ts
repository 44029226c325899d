import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, PodSpec } from '@steersman/api';
import type { RuntimeContainerStatus, SandboxStatus } from '../runtime/contract.ts';
import { annotations } from '../runtime/labels.ts';
import { containerHash } from './hash.ts';
import { planPod } from './plan.ts';
import type { PodRuntime, ProbeResult } from './view.ts';

const app: Container = { name: 'app', image: 'a:1' };
const podOf = (spec: Partial<PodSpec>): Pod => ({
  metadata: { name: 'p', namespace: 'default', uid: 'u' },
  spec: { containers: [app], ...spec },
});
const sandbox = (more: Partial<SandboxStatus> = {}): SandboxStatus => ({
  id: 's',
  uid: 'u',
  name: 'p',
  namespace: 'default',
  attempt: 0,
  ready: true,
  createdAt: 1,
  labels: {},
  annotations: {},
  ips: ['10.0.0.2'],
  hostNetwork: false,
  ...more,
});
const ran = (container: Container, more: Partial<RuntimeContainerStatus> = {}): RuntimeContainerStatus => ({
  id: `${container.name}-1`,
  sandboxId: 's',
  name: container.name,
  attempt: 0,
  state: 'running',
  createdAt: 1,
  image: '',
  imageId: '',
  labels: {},
  annotations: { [annotations.hash]: containerHash(container) },
  startedAt: 1,
  finishedAt: 0,
  exitCode: 0,
  reason: '',
  message: '',
  logPath: '',
  ...more,
});
const runtime = (...containers: RuntimeContainerStatus[]): PodRuntime => ({ sandboxes: [sandbox()], containers });
const probesSaying = (liveness: ProbeResult = 'success', startup: ProbeResult = 'success') => ({
  liveness: () => liveness,
  readiness: () => 'success' as const,
  startup: () => startup,
});
const plan = (pod: Pod, held: PodRuntime, probes = probesSaying(), stopping: readonly string[] = []) =>
  planPod({ pod, runtime: held, probes, stopping: new Set(stopping), resized: new Map() });
const nothing = { kind: 'act', actions: [] };
const finished = { kind: 'finished' };
const start = (container: Container, type = 'regular') => ({ kind: 'start-container', type, container });

test('planPod() makes a sandbox first, and another one when it has died', () => {
  assert.deepEqual(plan(podOf({}), { sandboxes: [], containers: [] }), {
    kind: 'act',
    actions: [{ kind: 'create-sandbox', attempt: 0 }],
  });
  const dead = { sandboxes: [sandbox({ ready: false })], containers: [ran(app)] };
  assert.deepEqual(plan(podOf({}), dead), { kind: 'act', actions: [{ kind: 'create-sandbox', attempt: 1 }] });
});

test('planPod() gives a pod that never restarts no second sandbox', () => {
  const dead = { sandboxes: [sandbox({ ready: false })], containers: [ran(app)] };
  assert.deepEqual(plan(podOf({ restartPolicy: 'Never' }), dead), finished);
});

test('planPod() starts what does not run and leaves alone what does', () => {
  assert.deepEqual(plan(podOf({}), runtime()), { kind: 'act', actions: [start(app)] });
  assert.deepEqual(plan(podOf({}), runtime(ran(app))), nothing);
});

test('planPod() restarts ended containers as the restart policy says', () => {
  const good = runtime(ran(app, { state: 'exited' }));
  const bad = runtime(ran(app, { state: 'exited', exitCode: 1 }));
  assert.deepEqual(plan(podOf({ restartPolicy: 'Always' }), good), { kind: 'act', actions: [start(app)] });
  assert.deepEqual(plan(podOf({ restartPolicy: 'OnFailure' }), good), finished);
  assert.deepEqual(plan(podOf({ restartPolicy: 'OnFailure' }), bad), { kind: 'act', actions: [start(app)] });
  assert.deepEqual(plan(podOf({ restartPolicy: 'Never' }), bad), finished);
});

test('planPod() obeys container restart rules before the policy', () => {
  const ruled: Container = {
    ...app,
    restartPolicy: 'Never',
    restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
  };
  const pod = podOf({ restartPolicy: 'Never', containers: [ruled] });
  assert.deepEqual(plan(pod, runtime(ran(ruled, { state: 'exited', exitCode: 42 }))), {
    kind: 'act',
    actions: [start(ruled)],
  });
  assert.deepEqual(plan(pod, runtime(ran(ruled, { state: 'exited', exitCode: 1 }))), finished);
});

test('planPod() stops what fails its liveness or startup probe or has another image', () => {
  const stopped = (held: PodRuntime, probes: ReturnType<typeof probesSaying>) => {
    const made = plan(podOf({}), held, probes);
    return made.kind === 'act' && made.actions[0]?.kind === 'stop-container' ? made.actions[0].message : undefined;
  };
  assert.equal(
    stopped(runtime(ran(app)), probesSaying('failure')),
    'Container app failed liveness probe, will be restarted',
  );
  assert.equal(
    stopped(runtime(ran(app)), probesSaying('success', 'failure')),
    'Container app failed startup probe, will be restarted',
  );
  assert.equal(
    stopped(runtime(ran({ ...app, image: 'a:0' })), probesSaying()),
    'Container app definition changed, will be restarted',
  );
});

test('planPod() does nothing about a container that is being stopped', () => {
  assert.deepEqual(plan(podOf({}), runtime(ran(app)), probesSaying('failure'), ['app-1']), nothing);
});

test('planPod() runs init containers one by one and the others after the last', () => {
  const [one, two]: Container[] = [
    { name: 'one', image: 'a' },
    { name: 'two', image: 'a' },
  ];
  const pod = podOf({ initContainers: [one!, two!] });
  const done = (container: Container) => ran(container, { state: 'exited' });
  assert.deepEqual(plan(pod, runtime()), { kind: 'act', actions: [start(one!, 'init')] });
  assert.deepEqual(plan(pod, runtime(ran(one!))), nothing);
  assert.deepEqual(plan(pod, runtime(done(one!))), { kind: 'act', actions: [start(two!, 'init')] });
  assert.deepEqual(plan(pod, runtime(done(two!), done(one!))), { kind: 'act', actions: [start(app)] });
  assert.deepEqual(plan(pod, runtime(ran(app))), nothing); // Their records may be gone.
});

test('planPod() ends a pod that never restarts when an init container fails', () => {
  const one: Container = { name: 'one', image: 'a' };
  const failed = runtime(ran(one, { state: 'exited', exitCode: 1 }));
  assert.deepEqual(plan(podOf({ restartPolicy: 'Never', initContainers: [one] }), failed), finished);
  assert.deepEqual(plan(podOf({ initContainers: [one] }), failed), { kind: 'act', actions: [start(one, 'init')] });
});

test('planPod() waits for a sidecar to start and restarts it beside the others later', () => {
  const side: Container = { name: 'side', image: 'a', restartPolicy: 'Always' };
  const pod = podOf({ initContainers: [side] });
  assert.deepEqual(plan(pod, runtime()), { kind: 'act', actions: [start(side, 'init')] });
  assert.deepEqual(plan(pod, runtime(ran(side)), probesSaying('success', 'unknown')), nothing);
  assert.deepEqual(plan(pod, runtime(ran(side))), { kind: 'act', actions: [start(app)] });
  assert.deepEqual(plan(pod, runtime(ran(app), ran(side, { state: 'exited' }))), {
    kind: 'act',
    actions: [start(side, 'init')],
  });
});

test('planPod() is finished when only sidecars are left', () => {
  const side: Container = { name: 'side', image: 'a', restartPolicy: 'Always' };
  const pod = podOf({ restartPolicy: 'Never', initContainers: [side] });
  assert.deepEqual(plan(pod, runtime(ran(app, { state: 'exited' }), ran(side))), finished);
});

test('planPod() starts ephemeral containers once', () => {
  const pod = podOf({ ephemeralContainers: [{ name: 'debug', image: 'b' }] });
  assert.deepEqual(plan(pod, runtime(ran(app))), {
    kind: 'act',
    actions: [start({ name: 'debug', image: 'b' }, 'ephemeral')],
  });
  assert.deepEqual(plan(pod, runtime(ran(app), ran({ name: 'debug', image: 'b' }, { state: 'exited' }))), nothing);
});

test('planPod() resizes a running container, in place or by a restart as its policy says', () => {
  const was = { limits: { cpu: '1' } };
  const larger: Container = { ...app, resources: { limits: { cpu: '2' } } };
  const given = { [annotations.hash]: containerHash(app), [annotations.resources]: JSON.stringify(was) };
  const held = runtime(ran(app, { annotations: given }));
  assert.deepEqual(plan(podOf({ containers: [larger] }), held), {
    kind: 'act',
    actions: [{ kind: 'resize-container', id: 'app-1', container: larger }],
  });
  const restarting = { ...larger, resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] };
  assert.deepEqual(plan(podOf({ containers: [restarting] }), held), {
    kind: 'act',
    actions: [
      {
        kind: 'stop-container',
        id: 'app-1',
        container: restarting,
        message: 'Container app resize requires restart',
      },
    ],
  });
});

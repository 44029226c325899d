import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod } from '@steersman/api';
import { fakeClock } from '@steersman/machinery';
import type { PodRuntime } from '../pod/view.ts';
import type { ContainerRuntime, RuntimeContainerStatus } from '../runtime/contract.ts';
import { createProbeManager } from './manager.ts';
import { agreeableNetwork, ProbeFailure } from './network.ts';

/** A container whose port answers or not, and what the manager makes of it. */
function probed(container: Container) {
  const clock = fakeClock();
  const pod: Pod = { metadata: { name: 'p' }, spec: { containers: [container] } };
  const state = { answers: true, attempts: 0, changes: 0, events: [] as string[] };
  const tcp = async (host: string, port: number) => {
    state.attempts += 1;
    if (!state.answers) throw new ProbeFailure(`dial tcp ${host}:${port}: connect: connection refused`);
  };
  const manager = createProbeManager({
    clock,
    means: { runtime: {} as ContainerRuntime, network: { ...agreeableNetwork, tcp } },
    onChange: () => {
      state.changes += 1;
    },
    onUnhealthy: (_pod, _container, kind, _outcome, output) =>
      void state.events.push(`${kind} probe failed: ${output}`),
  });
  const status = { id: 'c', name: container.name, state: 'running', startedAt: clock.now() } as RuntimeContainerStatus;
  const runtime: PodRuntime = { sandboxes: [], containers: [status] };
  return {
    clock,
    state,
    manager,
    start: () => manager.update('u', pod, runtime, '10.0.0.1'),
    stop: () => manager.remove('u'),
  };
}
const port = { tcpSocket: { port: 80 } };

test('createProbeManager() tries readiness at once and reports the change', async () => {
  const container = { name: 'app', readinessProbe: port };
  const { clock, state, manager, start, stop } = probed(container);
  assert.equal(manager.results.readiness(container, 'c'), 'failure');
  start();
  await clock.settle();
  assert.equal(manager.results.readiness(container, 'c'), 'success');
  assert.equal(state.changes, 1);
  stop();
});

test('createProbeManager() tries again soon and silently while the first period lasts', async () => {
  const container = { name: 'app', readinessProbe: { ...port, periodSeconds: 10 } };
  const { clock, state, manager, start, stop } = probed(container);
  state.answers = false;
  start();
  await clock.advance(350);
  assert.equal(state.attempts, 3); // At 0, 100 and 300 ms.
  state.answers = true;
  await clock.advance(500);
  assert.equal(manager.results.readiness(container, 'c'), 'success');
  assert.deepEqual(state.events, []);
  stop();
});

test('createProbeManager() counts failures of a ready container against the threshold', async () => {
  const container = { name: 'app', readinessProbe: { ...port, periodSeconds: 1, failureThreshold: 2 } };
  const { clock, state, manager, start, stop } = probed(container);
  start();
  await clock.settle();
  state.answers = false;
  await clock.advance(1000);
  assert.equal(manager.results.readiness(container, 'c'), 'success');
  await clock.advance(1000);
  assert.equal(manager.results.readiness(container, 'c'), 'failure');
  assert.deepEqual(
    state.events,
    Array(2).fill('Readiness probe failed: dial tcp 10.0.0.1:80: connect: connection refused'),
  );
  stop();
});

test('createProbeManager() holds liveness and readiness until the startup probe succeeds', async () => {
  const container = {
    name: 'app',
    startupProbe: { ...port, periodSeconds: 1, failureThreshold: 30 },
    livenessProbe: port,
    readinessProbe: port,
  };
  const { clock, state, manager, start, stop } = probed(container);
  state.answers = false;
  start();
  await clock.advance(5000);
  assert.equal(manager.results.startup(container, 'c'), 'unknown');
  assert.equal(manager.results.liveness(container, 'c'), 'success');
  state.answers = true;
  await clock.advance(1000);
  assert.equal(manager.results.startup(container, 'c'), 'success');
  assert.equal(manager.results.readiness(container, 'c'), 'success');
  stop();
});

test('createProbeManager() fails startup at its threshold and then stops trying', async () => {
  const container = { name: 'app', startupProbe: { ...port, periodSeconds: 1, failureThreshold: 2 } };
  const { clock, state, manager, start, stop } = probed(container);
  state.answers = false;
  start();
  await clock.advance(4000);
  assert.equal(manager.results.startup(container, 'c'), 'failure');
  const { attempts } = state;
  await clock.advance(5000);
  assert.equal(state.attempts, attempts);
  stop();
});

test('createProbeManager() waits for the initial delay', async () => {
  const container = { name: 'app', livenessProbe: { ...port, initialDelaySeconds: 5 } };
  const { clock, state, start, stop } = probed(container);
  start();
  await clock.advance(4900);
  assert.equal(state.attempts, 0);
  await clock.advance(200);
  assert.equal(state.attempts, 1);
  stop();
  assert.equal(clock.timers, 0);
});

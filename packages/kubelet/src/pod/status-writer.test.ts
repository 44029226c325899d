import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type Pod, Resources } from '@steersman/api';
import { createClient, createFakeApi } from '@steersman/client';
import { fakeEffects } from '@steersman/machinery';
import { createStatusWriter } from './status-writer.ts';

/** A writer on the fake API with one pod; `state.failures` requests fail before the API answers. */
async function writing() {
  const effects = fakeEffects();
  const state = { failures: 0, settled: 0 };
  const api = createFakeApi({
    effects,
    intercept: ({ method }) => {
      if (method !== 'PATCH' || state.failures === 0) return;
      state.failures -= 1;
      throw new ApiError({ metadata: {}, status: 'Failure', code: 500, message: 'later' });
    },
  });
  const client = createClient(api.transport);
  const pods = client.resource(Resources.pods);
  const pod = await pods.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns' },
    spec: { containers: [] },
  });
  const abort = new AbortController();
  const writer = createStatusWriter(client, effects, () => {
    state.settled += 1;
  });
  const running = writer.run(abort.signal);
  const stop = async () => {
    abort.abort();
    await effects.clock.advance(1);
    await running;
  };
  const patches = () => api.requests.filter((request) => request.startsWith('PATCH')).length;
  return { effects, state, pods, pod, writer, stop, patches, uid: pod.metadata.uid ?? '' };
}
const read = async ({ pods }: { pods: Awaited<ReturnType<typeof writing>>['pods'] }): Promise<Pod> =>
  pods.get({ namespace: 'ns', name: 'p' });

test('createStatusWriter() writes the latest status and nothing when nothing has changed', async () => {
  const all = await writing();
  const { writer, uid, pod, effects, patches, stop } = all;
  writer.set(uid, pod, { phase: 'Pending' });
  writer.set(uid, pod, { phase: 'Running' });
  assert.equal(writer.settled(uid), false);
  await effects.clock.advance(10);
  assert.equal((await read(all)).status?.phase, 'Running');
  assert.equal(patches(), 1);
  assert.equal(writer.settled(uid), true);
  writer.set(uid, pod, { phase: 'Running' }); // The source has not caught up: `pod` is still the old version.
  await effects.clock.advance(10);
  assert.equal(patches(), 1);
  await stop();
});

test('createStatusWriter() keeps back a first Running that an attaching client waits for, but never an end', async () => {
  const all = await writing();
  const { writer, uid, effects, stop } = all;
  const pod: Pod = { ...all.pod, spec: { containers: [{ name: 'c', stdin: true, stdinOnce: true }] } };
  writer.set(uid, pod, { phase: 'Running' });
  await effects.clock.advance(500);
  assert.equal((await read(all)).status?.phase, undefined);
  writer.set(uid, pod, { phase: 'Succeeded' });
  await effects.clock.advance(10);
  assert.equal((await read(all)).status?.phase, 'Succeeded');
  await stop();
});

test('createStatusWriter() tells of a kept back Running after a second', async () => {
  const all = await writing();
  const { writer, uid, effects, stop } = all;
  const pod: Pod = { ...all.pod, spec: { containers: [{ name: 'c', stdin: true, stdinOnce: true }] } };
  writer.set(uid, pod, { phase: 'Running' });
  await effects.clock.advance(1010);
  assert.equal((await read(all)).status?.phase, 'Running');
  await stop();
});

test('createStatusWriter() tries again after a failure', async () => {
  const all = await writing();
  const { writer, uid, pod, effects, state, stop } = all;
  state.failures = 2;
  writer.set(uid, pod, { phase: 'Running' });
  await effects.clock.advance(1000);
  assert.equal((await read(all)).status?.phase, 'Running');
  assert.equal(state.settled, 1);
  await stop();
});

test('createStatusWriter() leaves a pod alone that has taken the name of the old one', async () => {
  const all = await writing();
  const { writer, uid, pod, pods, effects, stop } = all;
  await pods.delete({ namespace: 'ns', name: 'p' }, { gracePeriodSeconds: 0 });
  await pods.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns' },
    spec: { containers: [] },
  });
  writer.set(uid, pod, { phase: 'Failed' });
  await effects.clock.advance(1000);
  assert.notEqual((await read(all)).status?.phase, 'Failed');
  await stop();
});

test('createStatusWriter() sets right what somebody else has overwritten', async () => {
  const all = await writing();
  const { writer, uid, pod, pods, effects, stop } = all;
  writer.set(uid, pod, { phase: 'Running' });
  await effects.clock.advance(10);
  const changed = await pods.patch(
    { namespace: 'ns', name: 'p' },
    { type: 'merge', body: { status: { phase: 'Unknown' } } },
    { subresource: 'status' },
  );
  writer.set(uid, changed, { phase: 'Running' });
  await effects.clock.advance(10);
  assert.equal((await read(all)).status?.phase, 'Running');
  await stop();
});

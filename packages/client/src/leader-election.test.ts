import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Resources } from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { createClient } from './client.ts';
import type { Transport } from './contract.ts';
import { createFakeApi } from './fake/fake-api.ts';
import { fencedTransport } from './fenced-transport.ts';
import { runAsLeader } from './leader-election.ts';

const lease = { namespace: 'kube-system', name: 'test' };
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

test('runAsLeader() lets one candidate lead, and the next after the first has been silent for the lease duration', async () => {
  const effects = fakeEffects();
  const client = createClient(createFakeApi({ effects }).transport);
  const leading: string[] = [];
  const run = (identity: string, signal: AbortSignal, releaseOnCancel: boolean) =>
    runAsLeader(
      { client, effects, lease, identity, releaseOnCancel },
      async (lost) => {
        leading.push(identity);
        await untilAborted(lost);
        leading.splice(leading.indexOf(identity), 1);
      },
      signal,
    );
  const first = new AbortController();
  const second = new AbortController();
  const one = run('one', first.signal, false);
  await effects.clock.settle();
  const two = run('two', second.signal, true);
  await effects.clock.advance(60_000);
  assert.deepEqual(leading, ['one']);
  first.abort();
  assert.equal(await one, false);
  await effects.clock.advance(10_000);
  assert.deepEqual(leading, []);
  await effects.clock.advance(12_000);
  assert.deepEqual(leading, ['two']);
  second.abort();
  await two;
  const stored = await client.resource(Resources.leases).get(lease);
  assert.deepEqual([stored.spec?.holderIdentity, stored.spec?.leaseTransitions], ['', 1]);
});

test('runAsLeader() tells the leader to stop when it cannot renew within the deadline', async () => {
  const effects = fakeEffects();
  let broken = false;
  const api = createFakeApi({
    effects,
    intercept: () => {
      if (broken) throw new Error('unreachable');
    },
  });
  const stop = new AbortController();
  const run = runAsLeader(
    { client: createClient(api.transport), effects, lease, identity: 'one' },
    untilAborted,
    stop.signal,
  );
  await effects.clock.advance(4_000);
  broken = true;
  await effects.clock.advance(14_000);
  assert.equal(await run, true);
});

test('runAsLeader() tells a leader that was paused for too long, before it can act again', async () => {
  const effects = fakeEffects();
  const client = createClient(createFakeApi({ effects }).transport);
  const stop = new AbortController();
  let mayAct = () => false;
  const run = runAsLeader(
    { client, effects, lease, identity: 'one' },
    async (lost, leadership) => {
      mayAct = leadership.mayAct;
      await untilAborted(lost);
    },
    stop.signal,
  );
  await effects.clock.advance(60_000);
  assert.equal(mayAct(), true);
  // What a stopped process sees when it goes on: the time is later, and no timer has run yet.
  const { monotonic } = effects.clock;
  const sent: string[] = [];
  const transport: Transport = {
    async request({ method }) {
      sent.push(method);
      return { status: 200, headers: {}, body: Readable.from([]) };
    },
    close: async () => {},
  };
  const fenced = fencedTransport(transport, () => mayAct());
  effects.clock.monotonic = () => monotonic() + 15_000;
  assert.equal(mayAct(), false);
  await assert.rejects(fenced.request({ method: 'POST', path: '/', headers: {} }), /does not lead/);
  await fenced.request({ method: 'GET', path: '/', headers: {} });
  assert.deepEqual(sent, ['GET']);
  await effects.clock.advance(2_000);
  assert.equal(await run, true);
});

test('runAsLeader() tells the leader to stop when a renewal gets no answer at all', async () => {
  const effects = fakeEffects();
  let silent = false;
  const { transport } = createFakeApi({ effects });
  const request: Transport['request'] = (sent) =>
    silent
      ? new Promise((_resolve, reject) => sent.signal?.addEventListener('abort', () => reject(sent.signal?.reason)))
      : transport.request(sent);
  const run = runAsLeader(
    { client: createClient({ ...transport, request }), effects, lease, identity: 'one' },
    untilAborted,
    new AbortController().signal,
  );
  await effects.clock.advance(4_000);
  silent = true;
  await effects.clock.advance(14_000);
  assert.equal(await run, true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources } from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { createClient } from './client.ts';
import { createFakeApi } from './fake/fake-api.ts';
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

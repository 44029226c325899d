import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources } from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { createClient } from './client.ts';
import { createFakeApi } from './fake/fake-api.ts';
import type { Leadership } from './leader-election.ts';
import { isTransportError } from './transport-error.ts';
import { workWhenElected } from './work-when-elected.ts';

const component = 'kube-scheduler';
const lease = { namespace: 'kube-system', name: component };
const untilAborted = ({ signal }: Leadership) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

test('workWhenElected() works at once without an election, and takes no lease', async () => {
  const effects = fakeEffects();
  const { transport } = createFakeApi({ effects });
  const stop = new AbortController();
  let mayAct: boolean | undefined;
  const work = (leadership: Leadership) => {
    mayAct = leadership.mayAct();
    return untilAborted(leadership);
  };
  const done = workWhenElected({ component, transport, effects, work }, stop.signal);
  await effects.clock.settle();
  assert.equal(mayAct, true);
  stop.abort();
  await done;
  assert.equal(await createClient(transport).resource(Resources.leases).find(lease), undefined);
});

test('workWhenElected() holds its lease while it works, and gives it up when it is stopped', async () => {
  const effects = fakeEffects();
  const { transport } = createFakeApi({ effects });
  const holder = async () => (await createClient(transport).resource(Resources.leases).get(lease)).spec?.holderIdentity;
  const stop = new AbortController();
  const standing = { lease };
  const done = workWhenElected({ component, transport, effects, standing, work: untilAborted }, stop.signal);
  await effects.clock.settle();
  assert.match((await holder()) ?? '', /^.+_[0-9a-f-]{36}$/);
  stop.abort();
  await done;
  assert.equal(await holder(), '');
});

test('workWhenElected() fails when the lease is lost, so that the process ends', async () => {
  const effects = fakeEffects();
  let broken = false;
  const intercept = () => {
    if (broken) throw new Error('unreachable');
  };
  const { transport } = createFakeApi({ effects, intercept });
  const signal = new AbortController().signal;
  const done = workWhenElected({ component, transport, effects, standing: { lease }, work: untilAborted }, signal);
  const failed = assert.rejects(
    done,
    (error) => isTransportError(error) && /start kube-scheduler again/.test(error.message),
  );
  await effects.clock.advance(4_000);
  broken = true;
  await effects.clock.advance(14_000);
  await failed;
});

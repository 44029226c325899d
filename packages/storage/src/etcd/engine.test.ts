import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock, silentLogger } from '@steersman/machinery';
import type { EventBatch } from '../contract.ts';
import { isStorageError, StorageError } from '../error.ts';
import { createEtcdEngine } from './engine.ts';
import { createKeyspace } from './keyspace.ts';
import { message, putEvent, type Scripted, scripted } from './test-member/scripted.ts';

const header = { revision: '10' };
const empty = { header, kvs: [], more: false, count: '0' };

function engineOver({ connection }: Scripted) {
  const clock = fakeClock();
  const keyspace = createKeyspace('', '');
  return { clock, storage: createEtcdEngine({ connection, keyspace, ownKey: () => true, clock, log: silentLogger }) };
}

/** A watch of everything after revision 5, and the revisions it was told. */
async function watching(script: Scripted) {
  const { storage, clock } = engineOver(script);
  const told: EventBatch[] = [];
  storage.watch({ start: '/', end: '0', afterRevision: 5 }, (batch) => told.push(batch));
  await clock.settle();
  script.stream().onMessage(message(10, { created: true }));
  const events = () =>
    told
      .flatMap((batch) => batch.events)
      .map((event) => (event.kind === 'put' ? event.current.modRevision : event.revision));
  const starts = () =>
    script.calls
      .map(({ request }) => request['create_request'] as { readonly start_revision: number } | undefined)
      .filter((request) => request !== undefined)
      .map((request) => request.start_revision);
  return { storage, clock, told, events, starts };
}

test('createEtcdEngine().transact() calls a write whose outcome nobody knows neither done nor undone, and does not repeat it', async () => {
  const script = scripted((method) => {
    if (method === 'Txn') throw new StorageError('unavailable', 'the member died with the request in flight');
    return empty;
  });
  const { storage } = engineOver(script);
  const put = { kind: 'put', key: '/a', value: Buffer.of(1) } as const;
  await assert.rejects(storage.transact({ when: [], write: [put] }), (error) => isStorageError(error, 'unavailable'));
  assert.equal(script.calls.filter(({ method }) => method === 'Txn').length, 1);
  await storage.close();
});

test('createEtcdEngine().watch() goes on behind the last revision told when its stream is lost', async () => {
  const script = scripted(() => empty);
  const { storage, clock, events, starts } = await watching(script);
  script.stream().onMessage(message(10, { events: [putEvent('/a', 6), putEvent('/b', 8)] }));
  script.stream().onEnd('the member is gone');
  await clock.advance(200);
  assert.deepEqual(starts(), [6, 9]);
  script.stream().onMessage(message(10, { created: true }));
  script.stream().onMessage(message(10, { events: [putEvent('/c', 9)] }));
  assert.deepEqual(events(), [6, 8, 9]);
  await storage.close();
});

test('createEtcdEngine().watch() tells nothing again that a member sends from the past', async () => {
  const script = scripted(() => empty);
  const { storage, clock, told, events } = await watching(script);
  script.stream().onMessage(message(10, { events: [putEvent('/a', 6), putEvent('/b', 8)] }));
  script.stream().onEnd('cut off from the others');
  await clock.advance(200);
  script.stream().onMessage(message(7, { created: true }));
  script.stream().onMessage(message(7, { events: [putEvent('/a', 6), putEvent('/a', 7)] }));
  script.stream().onMessage(message(7, { watch_id: '-1' }));
  script.stream().onMessage(message(11, { events: [putEvent('/c', 8), putEvent('/c', 11)] }));
  assert.deepEqual(events(), [6, 8, 11]);
  const revisions = told.map(({ revision }) => revision);
  assert.deepEqual(
    revisions,
    revisions.toSorted((a, b) => a - b),
  );
  await storage.close();
});

test('createEtcdEngine().watch() tells the parts of one revision together', async () => {
  const script = scripted(() => empty);
  const { storage, told } = await watching(script);
  script.stream().onMessage(message(10, { fragment: true, events: [putEvent('/a', 6)] }));
  assert.equal(told.length, 0);
  script.stream().onMessage(message(10, { events: [putEvent('/b', 6)] }));
  assert.deepEqual(
    told.map(({ events }) => events.length),
    [2],
  );
  await storage.close();
});

test('createEtcdEngine().watch() has one stream, and hears nothing of one it gave up', async () => {
  const script = scripted(() => empty);
  const { storage, clock, told } = await watching(script);
  const lost = script.stream();
  lost.onEnd('the member is gone');
  storage.watch({ start: '/', end: '0', afterRevision: 5 }, () => {}); // Opens a stream at once.
  await clock.settle();
  const second = script.stream();
  assert.notEqual(second, lost);
  second.onMessage(message(10, { created: true }));
  await clock.advance(5000);
  assert.equal(script.stream(), second, 'the attempt that was planned is not made');
  lost.onMessage(message(20, { watch_id: '-1' }));
  assert.deepEqual(told, [], 'progress there says nothing of the watches here');
  await storage.close();
});

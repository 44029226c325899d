import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type FakeClock, realClock, silentLogger } from '@steersman/machinery';
import { describeStorage } from '../conformance.ts';
import type { Storage, StorageEvent } from '../contract.ts';
import { isStorageError } from '../error.ts';
import { prefixEnd } from '../prefix.ts';
import { describeShippedBugs } from '../shipped-bugs.ts';
import { openEtcdStorage } from './open.ts';
import { startEtcd, type TestEtcd, withoutEtcd } from './test-member/etcd.ts';
import { relative, slowClock, TIME_DIVISOR } from './test-member/relative.ts';

const clock = realClock();
const log = silentLogger;
const ALL = { start: '/r/', end: prefixEnd('/r/') };

if (withoutEtcd !== false)
  test('openEtcdStorage() passes the conformance suite', { skip: withoutEtcd }, () => undefined);
else {
  const make = async () => {
    // etcd's size is that of its last batch; with batches of one write it is never behind.
    const etcd = await startEtcd({ args: ['--backend-batch-limit=1'] });
    const storage = await openEtcdStorage({ endpoints: etcd.endpoints, prefix: '/clusters/one', clock, log });
    // A new etcd stands at revision 1, the suite begins at 0.
    return { storage: relative(storage, 1, TIME_DIVISOR), clock: slowClock() as FakeClock, remove: () => etcd.stop() };
  };
  describeStorage('openEtcdStorage()', make);
  describeShippedBugs('openEtcdStorage()', make);
}

const put = (storage: Storage, key: string, text: string) =>
  storage.transact({ when: [], write: [{ kind: 'put', key: `/r/${key}`, value: Buffer.from(text) }] });

/** Collects what a watch tells until it has told a revision. */
function collect(storage: Storage, afterRevision?: number) {
  const events: StorageEvent[] = [];
  let revision = 0;
  let wake = () => {};
  const watch = storage.watch({ ...ALL, ...(afterRevision !== undefined && { afterRevision }) }, (batch) => {
    events.push(...batch.events);
    revision = batch.revision;
    wake();
  });
  return {
    events,
    watch,
    async until(wanted: number) {
      while (revision < wanted) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), watch.done]);
    },
  };
}
const revisionsOf = (events: readonly StorageEvent[]) =>
  events.map((event) => (event.kind === 'put' ? event.current.modRevision : event.revision));

describe('openEtcdStorage() on one member', { skip: withoutEtcd }, () => {
  let etcd: TestEtcd | undefined;
  const open = async (prefix?: string) => {
    etcd ??= await startEtcd();
    return openEtcdStorage({ endpoints: etcd.endpoints, prefix, clock, log });
  };
  after(() => etcd?.stop());

  test('openEtcdStorage() tells one client of what another wrote, and of revisions outside its part', async () => {
    const [one, two, other] = [await open('/a'), await open('/a'), await open('/b')];
    const seen = collect(two);
    await two.currentRevision();
    await put(two, 'first', '1');
    const { revision } = await put(one, 'x', '1');
    await seen.until(revision);
    const outside = await put(other, 'y', '1');
    await seen.until(outside.revision);
    assert.deepEqual(
      seen.events.map((event) => (event.kind === 'put' ? event.current.key : 'deleted')),
      ['/r/first', '/r/x'],
    );
    assert.equal((await two.get('/r/y')).item, undefined);
    await Promise.all([one.close(), two.close(), other.close()]);
  });

  test('openEtcdStorage() hangs keys of one time to live on one lease', async () => {
    const storage = await open('/leases');
    const write = (key: string) =>
      storage.transact({ when: [], write: [{ kind: 'put', key, value: Buffer.from('x'), ttlSeconds: 3600 }] });
    await Promise.all(Array.from({ length: 50 }, (_, index) => write(`/r/${index}`)));
    const { connectEtcd } = await import('./adapters/connection.ts');
    const connection = connectEtcd({ endpoints: etcd!.endpoints, clock });
    const { leases } = await connection.call<{ leases: unknown[] }>('Lease', 'LeaseLeases', {}, { repeatable: true });
    assert.equal(leases.length, 1);
    connection.close();
    await storage.close();
  });
});

test('openEtcdStorage() goes on without gap or repetition when a member of three is killed', {
  skip: withoutEtcd,
  timeout: 300_000,
}, async () => {
  const etcd = await startEtcd({ members: 3 });
  const storage = await openEtcdStorage({ endpoints: etcd.endpoints, clock, log });
  try {
    const seen = collect(storage, 0);
    const acknowledged: number[] = [];
    let killed: Promise<void> | undefined;
    for (let round = 0; acknowledged.length < 60; round += 1) {
      // The first endpoint carries everything until it is killed in the middle of the writes.
      if (acknowledged.length === 20) killed ??= etcd.members[0]!.kill();
      try {
        acknowledged.push((await put(storage, `k${round}`, 'x')).revision);
      } catch (error) {
        assert.ok(isStorageError(error, 'unavailable'), String(error));
      }
    }
    await killed;
    // A write without an answer may have been carried out much later than its time.
    const { items, revision } = await storage.range(ALL);
    await seen.until(revision);
    const told = revisionsOf(seen.events).filter((one) => one <= revision);
    assert.deepEqual(
      told,
      items.map((item) => item.modRevision).toSorted((a, b) => a - b),
    );
    for (const revision of acknowledged) assert.ok(told.includes(revision));
  } finally {
    await storage.close();
    await etcd.stop();
  }
});

test('openEtcdStorage() says in one line that no member answers', { skip: withoutEtcd }, async () => {
  const etcd = await startEtcd();
  await etcd.stop();
  await assert.rejects(openEtcdStorage({ endpoints: etcd.endpoints, clock, log }), (error) =>
    isStorageError(error, 'unavailable'),
  );
});

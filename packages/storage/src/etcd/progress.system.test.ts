import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realClock, silentLogger } from '@steersman/machinery';
import { connectEtcd } from './adapters/connection.ts';
import type { Connection } from './connection.ts';
import { createEtcdEngine } from './engine.ts';
import { createKeyspace } from './keyspace.ts';
import { startEtcd, withoutEtcd } from './test-member/etcd.ts';

const clock = realClock();

/** Lets a member pass for a release whose progress notifications are safe; without load the old ones are right too. */
function passingFor(version: string, connection: Connection): Connection {
  return {
    ...connection,
    watch: async (handlers) => ({ ...(await connection.watch(handlers)), version }),
  };
}

test('openEtcdStorage() asks members of safe releases how far a watch is when nothing in its range changes', {
  skip: withoutEtcd,
}, async () => {
  const etcd = await startEtcd();
  const connection = passingFor('3.5.16', connectEtcd({ endpoints: etcd.endpoints, clock }));
  const keyspace = createKeyspace('', '');
  const storage = createEtcdEngine({ connection, keyspace, ownKey: () => true, clock, log: silentLogger });
  try {
    const put = (key: string) => storage.transact({ when: [], write: [{ kind: 'put', key, value: Buffer.of(1) }] });
    const told: string[] = [];
    const reached = Promise.withResolvers<number>();
    let wanted = Number.POSITIVE_INFINITY;
    const watch = storage.watch({ start: '/a/', end: '/a0' }, ({ events, revision }) => {
      told.push(...events.map((event) => (event.kind === 'put' ? event.current.key : event.key)));
      if (revision >= wanted) reached.resolve(revision);
    });
    await put('/a/1');
    for (let round = 0; round < 10; round += 1) await put('/b/1');
    wanted = await storage.currentRevision();
    assert.equal(await Promise.race([reached.promise, watch.done]), wanted);
    assert.deepEqual(told, ['/a/1']);
    await put('/a/2');
    assert.deepEqual(told, ['/a/1', '/a/2']);
  } finally {
    await storage.close();
    await etcd.stop();
  }
});

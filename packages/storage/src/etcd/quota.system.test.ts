import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realClock, silentLogger } from '@steersman/machinery';
import { isStorageError } from '../error.ts';
import { openEtcdStorage } from './open.ts';
import { startEtcd, withoutEtcd } from './test-member/etcd.ts';

/** How many transactions a member has been sent. */
async function transactionsOf(endpoint: string): Promise<number> {
  const metrics = await (await fetch(`${endpoint}/metrics`)).text();
  const [, count] = /^grpc_server_started_total\{grpc_method="Txn",.*\} (\d+)$/m.exec(metrics) ?? [];
  return Number(count);
}

test('openEtcdStorage() says what to do when the quota of etcd is used up, sends each write once, and goes on reading', {
  skip: withoutEtcd,
}, async () => {
  const etcd = await startEtcd({ args: ['--quota-backend-bytes=1500000', '--backend-batch-limit=1'] });
  const storage = await openEtcdStorage({ endpoints: etcd.endpoints, clock: realClock(), log: silentLogger });
  try {
    const value = Buffer.alloc(100_000, 'q');
    const put = (key: number) => storage.transact({ when: [], write: [{ kind: 'put', key: `/r/${key}`, value }] });
    let written = 0;
    const full = async () => {
      for (; written < 100; written += 1) await put(written);
    };
    const says = (error: unknown) =>
      isStorageError(error, 'unavailable') && /database space exceeded.*compact and defragment it/.test(error.message);
    await assert.rejects(full(), says);
    assert.ok(written > 3 && written < 100, `${written} writes before the quota was used up`);
    const { count, revision } = await storage.range({ start: '/r/', end: '/r0', countOnly: true });
    assert.equal(count, written);
    const before = await transactionsOf(etcd.endpoints[0]!);
    await assert.rejects(put(written), says);
    assert.equal((await transactionsOf(etcd.endpoints[0]!)) - before, 1, 'transactions that one write has sent');
    assert.equal(await storage.currentRevision(), revision);
  } finally {
    await storage.close();
    await etcd.stop();
  }
});

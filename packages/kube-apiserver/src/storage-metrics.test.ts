import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, fakeClock } from '@steersman/machinery';
import { createMemoryStorage, type Storage } from '@steersman/storage';
import { measuredStorage } from './storage-metrics.ts';
import { startTestServer } from './test-server.ts';

/** A memory store that can show its values in passing and again, and counts how it is read. */
function scannableStorage() {
  const memory = createMemoryStorage({ clock: fakeClock() });
  const reads = { scans: 0, shown: 0, ranges: 0, rereads: 0 };
  const shown: Uint8Array[] = [];
  const storage: Storage = {
    ...memory,
    forgetReads: () => undefined,
    range(request) {
      reads.ranges += 1;
      return memory.range(request);
    },
    async scan(request, visit) {
      reads.scans += 1;
      const { items, revision } = await memory.range(request);
      reads.shown += items.length;
      for (const item of items) visit(item, shown.push(item.value) - 1);
      return revision;
    },
    reread(_revision, place) {
      reads.rereads += 1;
      return shown[place];
    },
  };
  return { storage, reads };
}

test('measuredStorage() hides nothing that the store can do, and promises nothing that it cannot', () => {
  const measured = (storage: Storage) => Object.keys(measuredStorage(storage, createMetrics(), fakeClock())).toSorted();
  const { storage } = scannableStorage();
  const optional = ['forgetReads', 'reread', 'scan'];
  assert.deepEqual(
    optional.filter((name) => measured(storage).includes(name)),
    optional,
  );
  const { forgetReads: _forgetReads, reread: _reread, scan: _scan, ...bare } = storage;
  assert.deepEqual(
    optional.filter((name) => measured(bare).includes(name)),
    [],
  );
});

test('createApiServer() sees what is stored once, in one scan, and then reads only what is asked for', async () => {
  const { storage, reads } = scannableStorage();
  const write = Array.from({ length: 50 }, (_, index) => {
    const metadata = { name: `one-${index}`, namespace: 'default', labels: { third: String(index % 3 === 0) } };
    const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata };
    const value = Buffer.from(JSON.stringify(object));
    return { kind: 'put', key: `/registry/configmaps/default/one-${index}`, value } as const;
  });
  await storage.transact({ when: [], write });
  await using api = await startTestServer({ storage });
  assert.deepEqual(reads, { scans: 1, shown: 50, ranges: 0, rereads: 0 });
  const list = async (query: string) =>
    (await api.send<{ items: unknown[] }>('GET', `/api/v1/configmaps${query}`)).body.items.length;
  assert.deepEqual([await list('?labelSelector=third%3Dtrue'), reads.rereads], [17, 17]);
  assert.deepEqual([await list(''), reads.rereads], [50, 50]);
  assert.deepEqual([await list(''), reads.rereads], [50, 50], 'what was read once is kept');
});

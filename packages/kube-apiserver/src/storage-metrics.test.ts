import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, fakeClock } from '@steersman/machinery';
import { createMemoryStorage, type Storage } from '@steersman/storage';
import { measuredStorage } from './storage-metrics.ts';
import { startTestServer } from './test-server.ts';

/** A memory store that can show its values in passing, and counts how it is read. */
function scannableStorage() {
  const memory = createMemoryStorage({ clock: fakeClock() });
  const reads = { scans: 0, shown: 0, ranges: 0 };
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
      for (const item of items) visit(item);
      return revision;
    },
  };
  return { storage, reads };
}

test('measuredStorage() hides nothing that the store can do, and promises nothing that it cannot', () => {
  const measured = (storage: Storage) => Object.keys(measuredStorage(storage, createMetrics(), fakeClock())).toSorted();
  const { storage } = scannableStorage();
  const optional = ['forgetReads', 'scan'];
  assert.deepEqual(
    optional.filter((name) => measured(storage).includes(name)),
    optional,
  );
  const { forgetReads: _forgetReads, scan: _scan, ...bare } = storage;
  assert.deepEqual(
    optional.filter((name) => measured(bare).includes(name)),
    [],
  );
});

test('createApiServer() reads what is stored once, in one scan, where the store can show it in passing', async () => {
  const { storage, reads } = scannableStorage();
  const write = Array.from({ length: 50 }, (_, index) => {
    const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: `one-${index}`, namespace: 'default' } };
    const value = Buffer.from(JSON.stringify(object));
    return { kind: 'put', key: `/registry/configmaps/default/one-${index}`, value } as const;
  });
  await storage.transact({ when: [], write });
  await using api = await startTestServer({ storage });
  assert.deepEqual(reads, { scans: 1, shown: 50, ranges: 0 });
  const { body } = await api.send<{ items: unknown[] }>('GET', '/api/v1/configmaps');
  assert.equal(body.items.length, 50);
});

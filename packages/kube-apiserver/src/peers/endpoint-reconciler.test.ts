import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { createMemoryStorage } from '@steersman/storage';
import { endpointReconciler } from './endpoint-reconciler.ts';

function setUp(type: 'lease' | 'master-count' | 'none' = 'lease') {
  const clock = fakeClock();
  const storage = createMemoryStorage({ clock });
  const server = (address: string) => endpointReconciler({ type, storage, address, count: 2 });
  return { clock, storage, one: server('192.0.2.1'), two: server('192.0.2.2') };
}

test('endpointReconciler() lists the servers that reported within their leases', async () => {
  const { clock, one, two } = setUp();
  assert.deepEqual(await two.report([]), ['192.0.2.2']);
  assert.deepEqual(await one.report([]), ['192.0.2.1', '192.0.2.2']);
  for (let seconds = 0; seconds < 20; seconds += 10) {
    await clock.advance(10_000);
    await one.report([]);
  }
  assert.deepEqual(await one.report([]), ['192.0.2.1']);
});

test('endpointReconciler() takes a server out at once when it withdraws, and never erases the last', async () => {
  const { one, two } = setUp();
  await one.report([]);
  await two.report([]);
  assert.deepEqual(await one.withdraw([]), ['192.0.2.2']);
  assert.equal(await two.withdraw([]), undefined);
});

test('endpointReconciler() keeps its records as upstream: an Endpoints below masterleases', async () => {
  const { storage, one } = setUp();
  await one.report([]);
  await one.report([]);
  const { item } = await storage.get('/registry/masterleases/192.0.2.1');
  assert.deepEqual(JSON.parse(Buffer.from(item?.value ?? []).toString()), {
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: { generation: 2, labels: {} },
    subsets: [{ addresses: [{ ip: '192.0.2.1' }] }],
  });
});

test('endpointReconciler() by count adds itself and drops others beyond the count', async () => {
  const { one } = setUp('master-count');
  assert.deepEqual(await one.report(['192.0.2.8', '192.0.2.9']), ['192.0.2.1', '192.0.2.9']);
  assert.equal(await setUp('none').one.report([]), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '../test-server.ts';

test('componentstatuses tells how the store is, and who holds a lease', async () => {
  await using api = await startTestServer();
  const renewTime = '2026-01-01T00:00:00.000000Z';
  const lease = {
    metadata: { name: 'kube-scheduler' },
    spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime },
  };
  await api.send('POST', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases', lease);
  const list = await api.send<{ items: { metadata: { name: string }; conditions: { status: string }[] }[] }>(
    'GET',
    '/api/v1/componentstatuses',
  );
  const shown = () => list.body.items.map(({ metadata, conditions }) => [metadata.name, conditions[0]?.status]);
  assert.deepEqual(shown(), [
    ['scheduler', 'True'],
    ['etcd-0', 'True'],
  ]);
  await api.effects.clock.advance(20_000);
  const late = await api.send<{ conditions: { status: string }[] }>('GET', '/api/v1/componentstatuses/scheduler');
  assert.equal(late.body.conditions[0]?.status, 'False');
  assert.equal((await api.send('GET', '/api/v1/componentstatuses/none')).status, 404);
});

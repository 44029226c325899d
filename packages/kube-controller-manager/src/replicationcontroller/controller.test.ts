import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources } from '@steersman/api';
import { startFakeCluster } from '../fake/cluster.ts';
import { replicationController } from './controller.ts';

test('replicationController keeps the number of pods and reports them', async () => {
  const cluster = await startFakeCluster({ controllers: [replicationController] });
  const controllers = cluster.client.resource(Resources.replicationControllers);
  const template = { metadata: { labels: { app: 'old' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await controllers.create({
    metadata: { namespace: 'default', name: 'old' },
    spec: { replicas: 2, selector: { app: 'old' }, template },
  });
  await cluster.advance();
  await cluster.runPods();
  const stored = await controllers.get({ namespace: 'default', name: 'old' });
  assert.deepEqual(
    [stored.status?.replicas, stored.status?.readyReplicas, stored.spec.selector],
    [2, 2, { app: 'old' }],
  );
  assert.deepEqual(
    (await cluster.pods()).map(({ metadata }) => metadata.ownerReferences?.[0]?.kind),
    ['ReplicationController', 'ReplicationController'],
  );
  cluster.stop();
});

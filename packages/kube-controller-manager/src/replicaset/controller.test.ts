import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errors, type ReplicaSet, Resources } from '@steersman/api';
import { startFakeCluster } from '../fake/cluster.ts';
import { replicaSetController } from './controller.ts';

const web = (replicas: number): ReplicaSet => ({
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});
const at = { namespace: 'default', name: 'web' };

test('replicaSetController creates pods once, reports them, and scales down', async () => {
  const cluster = await startFakeCluster({ controllers: [replicaSetController] });
  const replicaSets = cluster.client.resource(Resources.replicaSets);
  await replicaSets.create(web(5));
  await cluster.advance();
  assert.equal((await cluster.pods()).length, 5);
  assert.equal(
    cluster.api.requests.filter((request) => request.startsWith('POST') && request.endsWith('/pods')).length,
    5,
  );
  await cluster.runPods();
  const { status } = await replicaSets.get(at);
  assert.deepEqual(
    [status?.replicas, status?.readyReplicas, status?.availableReplicas, status?.fullyLabeledReplicas],
    [5, 5, 5, 5],
  );
  await replicaSets.patch(at, { type: 'merge', body: { spec: { replicas: 2 } } });
  await cluster.advance();
  await cluster.runPods();
  assert.equal((await cluster.pods()).length, 2);
  const events = (await cluster.client.resource(Resources.events).list()).items.map(({ reason }) => reason);
  assert.deepEqual(
    [
      events.filter((reason) => reason === 'SuccessfulCreate').length,
      events.filter((reason) => reason === 'SuccessfulDelete').length,
    ],
    [5, 3],
  );
  cluster.stop();
});

test('replicaSetController adopts a matching orphan and releases what no longer matches', async () => {
  const cluster = await startFakeCluster({ controllers: [replicaSetController] });
  const pods = cluster.client.resource(Resources.pods);
  await pods.create({
    metadata: { name: 'stray', namespace: 'default', labels: { app: 'web' } },
    spec: { containers: [] },
  });
  await cluster.client.resource(Resources.replicaSets).create(web(1));
  await cluster.advance();
  assert.deepEqual(
    (await cluster.pods()).map(({ metadata }) => [metadata.name, metadata.ownerReferences?.[0]?.name]),
    [['stray', 'web']],
  );
  await pods.patch(
    { namespace: 'default', name: 'stray' },
    { type: 'merge', body: { metadata: { labels: { app: 'other' } } } },
  );
  await cluster.advance();
  const after = await cluster.pods();
  assert.equal(after.length, 2);
  assert.deepEqual(after.find(({ metadata }) => metadata.name === 'stray')?.metadata.ownerReferences ?? [], []);
  cluster.stop();
});

test('replicaSetController reports a failure to create, backs off, and clears it', async () => {
  let quota = true;
  const cluster = await startFakeCluster({
    controllers: [replicaSetController],
    intercept: ({ method, path }) => {
      if (quota && method === 'POST' && path.endsWith('/pods'))
        throw errors.forbidden({ group: '', resource: 'pods' }, '', 'exceeded quota');
    },
  });
  const replicaSets = cluster.client.resource(Resources.replicaSets);
  await replicaSets.create(web(4));
  await cluster.advance(1_000);
  const failed = await replicaSets.get(at);
  assert.deepEqual(
    failed.status?.conditions?.map(({ type, status, reason }) => [type, status, reason]),
    [['ReplicaFailure', 'True', 'FailedCreate']],
  );
  assert.equal(
    (await cluster.client.resource(Resources.events).list()).items[0]?.message,
    'Error creating: pods is forbidden: exceeded quota',
  );
  quota = false;
  await cluster.advance(60_000);
  const healed = await replicaSets.get(at);
  assert.deepEqual([healed.status?.replicas, healed.status?.conditions ?? []], [4, []]);
  cluster.stop();
});

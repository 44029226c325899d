import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PodDisruptionBudget, Resources } from '@steersman/api';
import { startFakeCluster } from '../fake/cluster.ts';
import { replicaSetController } from '../replicaset/controller.ts';
import { disruptionController } from './controller.ts';

const at = { namespace: 'default', name: 'web' };

async function setUp(spec: Partial<PodDisruptionBudget['spec']>) {
  const cluster = await startFakeCluster({ controllers: [disruptionController, replicaSetController] });
  const selector = { matchLabels: { app: 'web' } };
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c' }] } };
  await cluster.client
    .resource(Resources.replicaSets)
    .create({ metadata: at, spec: { replicas: 4, selector, template } });
  await cluster.client.resource(Resources.podDisruptionBudgets).create({ metadata: at, spec: { selector, ...spec } });
  await cluster.advance();
  const numbers = async () => {
    const { status } = await cluster.client.resource(Resources.podDisruptionBudgets).get(at);
    return [
      status?.expectedPods,
      status?.desiredHealthy,
      status?.currentHealthy,
      status?.disruptionsAllowed,
      status?.conditions?.[0]?.reason,
    ];
  };
  return { cluster, numbers };
}

test('disruptionController allows what a budget leaves over', async () => {
  const { cluster, numbers } = await setUp({ maxUnavailable: 1 });
  assert.deepEqual(await numbers(), [4, 3, 0, 0, 'InsufficientPods']);
  await cluster.runPods();
  assert.deepEqual(await numbers(), [4, 3, 4, 1, 'SufficientPods']);
  cluster.stop();
});

test('disruptionController counts granted evictions until they are done or too old', async () => {
  const { cluster, numbers } = await setUp({ minAvailable: '50%' });
  await cluster.runPods();
  assert.deepEqual(await numbers(), [4, 2, 4, 2, 'SufficientPods']);
  const [pod] = await cluster.pods();
  const disruptedPods = { [pod?.metadata.name ?? '']: '2026-01-01T00:00:00Z' };
  await cluster.client
    .resource(Resources.podDisruptionBudgets)
    .patch(at, { type: 'merge', body: { status: { disruptedPods } } }, { subresource: 'status' });
  await cluster.advance();
  assert.deepEqual((await numbers()).slice(2, 4), [3, 1]);
  await cluster.advance(121_000);
  assert.deepEqual((await numbers()).slice(2, 4), [4, 2]);
  cluster.stop();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DaemonSet, type Pod, Resources } from '@steersman/api';
import { type FakeCluster, fakeNode, startFakeCluster } from '../fake/cluster.ts';
import { daemonSetController } from './controller.ts';
import { nodeOf } from './nodes.ts';

const at = { namespace: 'default', name: 'agent' };
const agent = (spec: Partial<DaemonSet['spec']> = {}): DaemonSet => ({
  metadata: at,
  spec: {
    selector: { matchLabels: { app: 'agent' } },
    template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    ...spec,
  },
});

async function setUp(spec: Partial<DaemonSet['spec']> = {}) {
  const nodes = ['n1', 'n2', 'n3'].map((name) => [Resources.nodes, fakeNode(name)] as const);
  const cluster = await startFakeCluster({ controllers: [daemonSetController], objects: nodes });
  await cluster.client.resource(Resources.daemonSets).create(agent(spec));
  await cluster.advance();
  return cluster;
}
/** Binds pods where they want to be, and runs them. */
async function run(cluster: FakeCluster): Promise<void> {
  for (const pod of await cluster.pods()) {
    const nodeName = nodeOf(pod);
    if (pod.spec.nodeName === undefined)
      await cluster.client
        .resource(Resources.pods)
        .patch(
          { namespace: 'default', name: pod.metadata.name ?? '' },
          { type: 'merge', body: { spec: { nodeName } } },
        );
  }
  await cluster.runPods();
}
const places = async (cluster: FakeCluster) => (await cluster.pods()).map((pod: Pod) => nodeOf(pod)).toSorted();

test('daemonSetController runs one pod on every node that it fits', async () => {
  const cluster = await setUp();
  assert.deepEqual(await places(cluster), ['n1', 'n2', 'n3']);
  await run(cluster);
  const { status } = await cluster.client.resource(Resources.daemonSets).get(at);
  assert.deepEqual(
    [
      status?.desiredNumberScheduled,
      status?.currentNumberScheduled,
      status?.numberReady,
      status?.numberAvailable,
      status?.updatedNumberScheduled,
    ],
    [3, 3, 3, 3, 3],
  );
  const nodes = cluster.client.resource(Resources.nodes);
  await nodes.create(fakeNode('n4'));
  await nodes.patch({ name: 'n1' }, { type: 'merge', body: { spec: { taints: [{ key: 'x', effect: 'NoExecute' }] } } });
  await nodes.patch(
    { name: 'n2' },
    { type: 'merge', body: { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } } },
  );
  await cluster.advance();
  await run(cluster);
  assert.deepEqual(await places(cluster), ['n2', 'n3', 'n4']);
  cluster.stop();
});

test('daemonSetController updates one node after the other', async () => {
  const cluster = await setUp();
  await run(cluster);
  await cluster.client.resource(Resources.daemonSets).patch(at, {
    type: 'strategic',
    body: { spec: { template: { spec: { containers: [{ name: 'c', image: 'v2' }] } } } },
  });
  await cluster.advance();
  assert.equal((await cluster.pods()).filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length, 1);
  for (let pass = 0; pass < 8; pass += 1) await run(cluster);
  assert.deepEqual(
    (await cluster.pods()).map(({ spec }) => spec.containers[0]?.image),
    ['v2', 'v2', 'v2'],
  );
  const revisions = (await cluster.client.resource(Resources.controllerRevisions).list()).items;
  assert.deepEqual(revisions.map(({ revision }) => revision).toSorted(), [1, 2]);
  cluster.stop();
});

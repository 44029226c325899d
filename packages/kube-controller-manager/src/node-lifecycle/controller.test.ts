import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMicroTime, Resources } from '@steersman/api';
import { type FakeCluster, fakeNode, startFakeCluster } from '../fake/cluster.ts';
import { nodeIpamController } from '../node-ipam/controller.ts';
import { podGcController } from '../pod-gc/controller.ts';
import { taintEvictionController } from '../taint-eviction/controller.ts';
import { nodeLifecycleController } from './controller.ts';

const namespace = 'kube-node-lease';
async function renew(cluster: FakeCluster, ...nodes: readonly string[]): Promise<void> {
  const leases = cluster.client.resource(Resources.leases);
  for (const name of nodes) {
    const spec = { holderIdentity: name, renewTime: formatMicroTime(cluster.effects.clock.now()) };
    if ((await leases.find({ namespace, name })) === undefined)
      await leases.create({ metadata: { namespace, name }, spec });
    else await leases.patch({ namespace, name }, { type: 'merge', body: { spec } });
  }
}
async function live(cluster: FakeCluster, seconds: number, ...nodes: readonly string[]): Promise<void> {
  for (let second = 0; second < seconds; second += 10) {
    await renew(cluster, ...nodes);
    await cluster.advance(10_000);
  }
}
async function taintsOf(cluster: FakeCluster, name: string): Promise<readonly string[]> {
  const { spec } = await cluster.client.resource(Resources.nodes).get({ name });
  return (spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).toSorted();
}

test('nodeLifecycleController marks a silent node, taints it, evicts its pods in time, and takes it back', async () => {
  const tolerations = [
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 100 },
  ];
  const cluster = await startFakeCluster({
    controllers: [nodeLifecycleController, taintEvictionController],
    objects: [
      [Resources.nodes, fakeNode('n1')],
      [Resources.nodes, fakeNode('n2')],
    ],
  });
  const pods = cluster.client.resource(Resources.pods);
  await pods.create({
    metadata: { name: 'a', namespace: 'default' },
    spec: { containers: [], nodeName: 'n1', tolerations } as never,
  });
  await cluster.runPods();
  await live(cluster, 40, 'n1', 'n2');
  assert.deepEqual(await taintsOf(cluster, 'n1'), []);
  await live(cluster, 80, 'n2');
  const { status } = await cluster.client.resource(Resources.nodes).get({ name: 'n1' });
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  assert.deepEqual(
    [ready?.status, ready?.reason, ready?.message],
    ['Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.'],
  );
  assert.deepEqual(await taintsOf(cluster, 'n1'), [
    'node.kubernetes.io/unreachable:NoExecute',
    'node.kubernetes.io/unreachable:NoSchedule',
  ]);
  const [pod] = await cluster.pods();
  assert.deepEqual(
    [pod?.metadata.deletionTimestamp, pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.status],
    [undefined, 'False'],
  );
  await live(cluster, 100, 'n2');
  assert.notEqual((await cluster.pods())[0]?.metadata.deletionTimestamp, undefined);
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }];
  await cluster.client
    .resource(Resources.nodes)
    .patch({ name: 'n1' }, { type: 'strategic', body: { status: { conditions } } }, { subresource: 'status' });
  await live(cluster, 10, 'n1', 'n2');
  assert.deepEqual(await taintsOf(cluster, 'n1'), []);
  cluster.stop();
});

test('nodeLifecycleController evicts nothing when every node is silent', async () => {
  const cluster = await startFakeCluster({
    controllers: [nodeLifecycleController],
    objects: [[Resources.nodes, fakeNode('n1')]],
  });
  await renew(cluster, 'n1');
  await cluster.advance(120_000);
  assert.deepEqual(await taintsOf(cluster, 'n1'), ['node.kubernetes.io/unreachable:NoSchedule']);
  cluster.stop();
});

test('nodeLifecycleController taints a cordoned node and untaints it', async () => {
  const cluster = await startFakeCluster({
    controllers: [nodeLifecycleController],
    objects: [[Resources.nodes, fakeNode('n1')]],
  });
  const nodes = cluster.client.resource(Resources.nodes);
  await nodes.patch({ name: 'n1' }, { type: 'merge', body: { spec: { unschedulable: true } } });
  await cluster.advance();
  assert.deepEqual(await taintsOf(cluster, 'n1'), ['node.kubernetes.io/unschedulable:NoSchedule']);
  await nodes.patch({ name: 'n1' }, { type: 'merge', body: { spec: { unschedulable: null } } });
  await cluster.advance();
  assert.deepEqual(await taintsOf(cluster, 'n1'), []);
  cluster.stop();
});

test('nodeIpamController gives each node its own range and reuses that of a deleted one', async () => {
  const cluster = await startFakeCluster({
    controllers: [nodeIpamController],
    config: { allocateNodeCidrs: true, clusterCidrs: ['10.244.0.0/23'] },
    objects: [[Resources.nodes, fakeNode('n1')]],
  });
  const nodes = cluster.client.resource(Resources.nodes);
  await nodes.create(fakeNode('n2'));
  await cluster.advance();
  const ranges = async () =>
    (await nodes.list()).items.map(({ metadata, spec }) => [metadata.name, spec.podCIDR, spec.podCIDRs]);
  assert.deepEqual(await ranges(), [
    ['n1', '10.244.0.0/24', ['10.244.0.0/24']],
    ['n2', '10.244.1.0/24', ['10.244.1.0/24']],
  ]);
  await nodes.delete({ name: 'n1' });
  await cluster.advance();
  await nodes.create(fakeNode('n3'));
  await cluster.advance();
  assert.deepEqual((await ranges()).at(-1), ['n3', '10.244.0.0/24', ['10.244.0.0/24']]);
  cluster.stop();
});

test('podGcController removes pods of vanished nodes and terminating ones that never got a node', async () => {
  const cluster = await startFakeCluster({
    controllers: [podGcController],
    objects: [[Resources.nodes, fakeNode('n1')]],
  });
  const pods = cluster.client.resource(Resources.pods);
  const finalizers = ['example.com/hold'];
  await pods.create({ metadata: { name: 'stays', namespace: 'default' }, spec: { containers: [], nodeName: 'n1' } });
  await pods.create({ metadata: { name: 'lost', namespace: 'default' }, spec: { containers: [], nodeName: 'gone' } });
  await pods.create({ metadata: { name: 'held', namespace: 'default', finalizers }, spec: { containers: [] } });
  await cluster.advance(30_000);
  assert.equal((await cluster.pods()).length, 3);
  await cluster.advance(60_000);
  assert.deepEqual(
    (await cluster.pods()).map(({ metadata }) => metadata.name),
    ['held', 'stays'],
  );
  cluster.stop();
});

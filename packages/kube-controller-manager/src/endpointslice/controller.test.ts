import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EndpointSlice, type Pod, Resources, type Service } from '@steersman/api';
import { endpointsController } from '../endpoints/controller.ts';
import { type FakeCluster, fakeNode, startFakeCluster } from '../fake/cluster.ts';
import { endpointSliceController } from './controller.ts';

const at = { namespace: 'default', name: 'web' };
const web = (spec: Partial<Service['spec']> = {}): Service => ({
  metadata: { ...at, labels: { tier: 'front' } },
  spec: {
    selector: { app: 'web' },
    ipFamilies: ['IPv4'],
    clusterIP: '10.96.0.5',
    ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    ...spec,
  },
});
const pod = (name: string, port = 8080): Pod => ({
  metadata: { name, namespace: 'default', labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }] }] },
});

async function setUp(service: Service, perSlice = 100) {
  const zoned = { ...fakeNode('n1'), metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'z1' } } };
  const cluster = await startFakeCluster({
    controllers: [endpointSliceController, endpointsController],
    config: { maxEndpointsPerSlice: perSlice },
    objects: [[Resources.nodes, zoned]],
  });
  await cluster.client.resource(Resources.services).create(service);
  return cluster;
}
async function slicesOf(cluster: FakeCluster): Promise<readonly EndpointSlice[]> {
  return (await cluster.client.resource(Resources.endpointSlices).list({ namespace: 'default' })).items;
}

test('endpointSliceController keeps an empty slice for a service without pods', async () => {
  const cluster = await setUp(web());
  await cluster.advance();
  const [slice, ...others] = await slicesOf(cluster);
  assert.deepEqual([slice?.endpoints, slice?.ports, others.length], [[], [], 0]);
  assert.deepEqual(slice?.metadata.labels, {
    tier: 'front',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  });
  cluster.stop();
});

test('endpointSliceController tells addresses, ports, readiness, node and zone of pods', async () => {
  const cluster = await setUp(web());
  await cluster.client.resource(Resources.pods).create(pod('a'));
  await cluster.runPods();
  const [slice] = await slicesOf(cluster);
  const [endpoint] = slice?.endpoints ?? [];
  assert.deepEqual(slice?.ports, [{ name: 'http', port: 8080, protocol: 'TCP' }]);
  assert.deepEqual(
    [endpoint?.conditions, endpoint?.nodeName, endpoint?.zone, endpoint?.targetRef?.name],
    [{ ready: true, serving: true, terminating: false }, 'n1', 'z1', 'a'],
  );
  await cluster.client.resource(Resources.pods).delete({ namespace: 'default', name: 'a' });
  await cluster.advance();
  const [leaving] = await slicesOf(cluster);
  assert.deepEqual(leaving?.endpoints?.[0]?.conditions, { ready: false, serving: true, terminating: true });
  const { subsets } = await cluster.client.resource(Resources.endpoints).get(at);
  assert.deepEqual(subsets, []);
  cluster.stop();
});

test('endpointSliceController splits at the limit and keeps endpoints where they are', async () => {
  const cluster = await setUp(web(), 2);
  for (const name of ['a', 'b', 'c', 'd', 'e']) await cluster.client.resource(Resources.pods).create(pod(name));
  await cluster.runPods();
  await cluster.advance(2_000);
  const before = await slicesOf(cluster);
  assert.deepEqual(before.map(({ endpoints }) => endpoints?.length).toSorted(), [1, 2, 2]);
  const writes = cluster.api.requests.length;
  await cluster.advance(5_000);
  assert.equal(cluster.api.requests.length, writes);
  cluster.stop();
});

test('endpointSliceController groups pods whose named port has another number', async () => {
  const cluster = await setUp(web());
  await cluster.client.resource(Resources.pods).create(pod('a', 8080));
  await cluster.client.resource(Resources.pods).create(pod('b', 9090));
  await cluster.runPods();
  await cluster.advance(2_000);
  const slices = await slicesOf(cluster);
  assert.deepEqual(slices.map(({ ports }) => ports?.[0]?.port).toSorted(), [8080, 9090]);
  const { subsets } = await cluster.client.resource(Resources.endpoints).get(at);
  assert.deepEqual(
    subsets?.map(({ ports }) => ports?.[0]?.port),
    [8080, 9090],
  );
  cluster.stop();
});

test('endpointsController lists ready and not ready addresses and goes with its service', async () => {
  const cluster = await setUp(web({ clusterIP: 'None' }));
  await cluster.client.resource(Resources.pods).create(pod('a'));
  await cluster.runPods();
  await cluster.client
    .resource(Resources.pods)
    .patch(
      { namespace: 'default', name: 'a' },
      { type: 'merge', body: { status: { conditions: [] } } },
      { subresource: 'status' },
    );
  await cluster.advance();
  const { subsets, metadata } = await cluster.client.resource(Resources.endpoints).get(at);
  assert.deepEqual([subsets?.[0]?.addresses, subsets?.[0]?.notReadyAddresses?.[0]?.targetRef?.name], [undefined, 'a']);
  assert.equal(metadata.labels?.['service.kubernetes.io/headless'], '');
  await cluster.client.resource(Resources.services).delete(at);
  await cluster.advance();
  assert.equal(await cluster.client.resource(Resources.endpoints).find(at), undefined);
  cluster.stop();
});

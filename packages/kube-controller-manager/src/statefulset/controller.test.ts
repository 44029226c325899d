import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTerminating, Resources, type StatefulSet } from '@steersman/api';
import { type FakeCluster, startFakeCluster } from '../fake/cluster.ts';
import { statefulSetController } from './controller.ts';

const at = { namespace: 'default', name: 'db' };
const db = (spec: Partial<StatefulSet['spec']> = {}): StatefulSet => ({
  metadata: at,
  spec: {
    replicas: 3,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    podManagementPolicy: 'OrderedReady',
    ...spec,
  },
});
async function setUp(spec: Partial<StatefulSet['spec']> = {}) {
  const cluster = await startFakeCluster({ controllers: [statefulSetController] });
  const sets = cluster.client.resource(Resources.statefulSets);
  await sets.create(db(spec));
  await cluster.advance();
  return { cluster, sets };
}
const names = async (cluster: FakeCluster) => (await cluster.pods()).map(({ metadata }) => metadata.name);
const terminating = async (cluster: FakeCluster) =>
  (await cluster.pods()).filter(isTerminating).map(({ metadata }) => metadata.name);
const images = async (cluster: FakeCluster) => (await cluster.pods()).map(({ spec }) => spec.containers[0]?.image);
async function run(cluster: FakeCluster, passes = 10): Promise<void> {
  for (let pass = 0; pass < passes; pass += 1) await cluster.runPods();
}
const setImage = (image: string) =>
  ({ type: 'strategic', body: { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } } }) as const;

test('statefulSetController starts pods in order, with their own claims, and stops them in reverse', async () => {
  const template = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };
  const { cluster, sets } = await setUp({ volumeClaimTemplates: [template] });
  assert.deepEqual(await names(cluster), ['db-0']);
  await cluster.runPods();
  assert.deepEqual(await names(cluster), ['db-0', 'db-1']);
  await run(cluster);
  const [first] = await cluster.pods();
  assert.deepEqual(
    [first?.spec.hostname, first?.spec.subdomain, first?.spec.volumes?.[0]?.persistentVolumeClaim?.claimName],
    ['db-0', 'db', 'data-db-0'],
  );
  const claims = (await cluster.client.resource(Resources.persistentVolumeClaims).list()).items.map(
    ({ metadata }) => metadata.name,
  );
  assert.deepEqual(claims, ['data-db-0', 'data-db-1', 'data-db-2']);
  const { status } = await sets.get(at);
  assert.deepEqual(
    [
      status?.replicas,
      status?.readyReplicas,
      status?.currentReplicas,
      status?.updatedReplicas,
      status?.currentRevision === status?.updateRevision,
    ],
    [3, 3, 3, 3, true],
  );
  await sets.patch(at, { type: 'merge', body: { spec: { replicas: 1 } } });
  await cluster.advance();
  assert.deepEqual(await terminating(cluster), ['db-2']);
  await run(cluster);
  assert.deepEqual(await names(cluster), ['db-0']);
  cluster.stop();
});

test('statefulSetController updates from the highest ordinal down to the partition, and back', async () => {
  const { cluster, sets } = await setUp({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } });
  await run(cluster);
  await sets.patch(at, setImage('v2'));
  await cluster.advance();
  assert.deepEqual(await terminating(cluster), ['db-2']);
  await run(cluster);
  assert.deepEqual(await images(cluster), ['v1', 'v2', 'v2']);
  await sets.patch(at, { type: 'merge', body: { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } } });
  await run(cluster);
  assert.deepEqual(await images(cluster), ['v2', 'v2', 'v2']);
  const { status } = await sets.get(at);
  assert.equal(status?.currentRevision, status?.updateRevision);
  await sets.patch(at, setImage('v1'));
  await run(cluster);
  assert.deepEqual(await images(cluster), ['v1', 'v1', 'v1']);
  cluster.stop();
});

test('statefulSetController with Parallel starts all pods at once', async () => {
  const { cluster } = await setUp({ podManagementPolicy: 'Parallel' });
  assert.deepEqual(await names(cluster), ['db-0', 'db-1', 'db-2']);
  cluster.stop();
});

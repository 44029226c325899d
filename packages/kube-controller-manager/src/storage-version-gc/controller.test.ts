import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources } from '@steersman/api';
import { type FakeCluster, startFakeCluster } from '../fake/cluster.ts';
import { storageVersionCollector } from './controller.ts';

const lease = (name: string, component = 'kube-apiserver') => ({
  metadata: { namespace: 'kube-system', name, labels: { 'apiserver.kubernetes.io/identity': component } },
  spec: {},
});
const server = (apiServerID: string, encodingVersion = 'v1') => ({
  apiServerID,
  encodingVersion,
  decodableVersions: ['v1', 'v2'],
});
const versionOf = (name: string, ...servers: ReturnType<typeof server>[]) => ({
  metadata: { name },
  spec: {},
  status: { storageVersions: servers },
});

async function serversOf({ client }: FakeCluster, name: string): Promise<readonly string[] | undefined> {
  const found = await client.resource(Resources.v1alpha1StorageVersions).find({ name });
  return found?.status?.storageVersions?.map(({ apiServerID }) => apiServerID);
}

test('storageVersionCollector takes servers out whose identity Lease is gone, and removes what has none left', async () => {
  const cluster = await startFakeCluster({
    controllers: [storageVersionCollector],
    objects: [
      [Resources.leases, lease('one')],
      [Resources.leases, lease('two')],
      [Resources.v1alpha1StorageVersions, versionOf('core.pods', server('one'), server('two', 'v2'))],
      [Resources.v1alpha1StorageVersions, versionOf('core.nodes', server('two'))],
    ],
  });
  await cluster.advance();
  assert.deepEqual(await serversOf(cluster, 'core.pods'), ['one', 'two']);
  await cluster.client.resource(Resources.leases).delete({ namespace: 'kube-system', name: 'two' });
  await cluster.advance();
  const pods = await cluster.client.resource(Resources.v1alpha1StorageVersions).get({ name: 'core.pods' });
  assert.equal(pods.status?.commonEncodingVersion, 'v1');
  assert.equal(pods.status?.conditions?.[0]?.status, 'True');
  assert.deepEqual(await serversOf(cluster, 'core.pods'), ['one']);
  assert.equal(await serversOf(cluster, 'core.nodes'), undefined);
  cluster.stop();
});

test('storageVersionCollector takes out servers that never had an identity, or whose Lease is of another component', async () => {
  const cluster = await startFakeCluster({
    controllers: [storageVersionCollector],
    objects: [
      [Resources.leases, lease('one')],
      [Resources.leases, lease('other', 'something-else')],
    ],
  });
  const versions = cluster.client.resource(Resources.v1alpha1StorageVersions);
  await versions.create(versionOf('core.pods', server('one'), server('nobody')));
  await versions.create(versionOf('core.nodes', server('other')));
  await cluster.advance();
  assert.deepEqual(await serversOf(cluster, 'core.pods'), ['one']);
  assert.equal(await serversOf(cluster, 'core.nodes'), undefined);
  cluster.stop();
});

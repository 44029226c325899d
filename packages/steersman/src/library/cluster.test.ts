import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Deployment, isForbidden, type Pod, Resources } from '@steersman/api';
import { Cluster } from '../index.ts';

const web: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web' }] } },
  },
};

const isReady = (pod: Pod) =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await sleep(10);
}

test('Cluster.start() gives nodes on which a Deployment becomes Ready', async () => {
  await using cluster = await Cluster.start({ nodes: 2 });
  await cluster.client.resource(Resources.deployments).create(web);
  const pods = cluster.client.resource(Resources.pods);
  await until(async () => (await pods.list({ namespace: 'default' })).items.filter(isReady).length === 3);
  const nodes = new Set((await pods.list({ namespace: 'default' })).items.map((pod) => pod.spec.nodeName));
  assert.deepEqual([...nodes].sort(), ['node-1', 'node-2']);
  assert.equal(cluster.kubeconfig, undefined);
});

test('Cluster.clientFor() acts with the rights of its user only', async () => {
  await using cluster = await Cluster.start();
  const nobody = cluster.clientFor({ name: 'nobody' });
  await assert.rejects(nobody.resource(Resources.secrets).list(), isForbidden);
});

test('Cluster.start() runs several clusters side by side, and stop() may be called twice', async () => {
  const [one, two] = await Promise.all([Cluster.start(), Cluster.start({ nodes: 0 })]);
  await one.client
    .resource(Resources.namespaces)
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'only-one' }, spec: {} });
  assert.equal(await two.client.resource(Resources.namespaces).find({ name: 'only-one' }), undefined);
  await Promise.all([one.stop(), one.stop(), two.stop()]);
});

test('Cluster.apply() takes YAML with several documents and Lists, and says which kind it does not know', async () => {
  await using cluster = await Cluster.start({ nodes: 0 });
  const manifest = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
# nothing but a comment
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { x: "1" } }
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: b, namespace: default } }
`;
  const applied = await cluster.apply(manifest, 'shop');
  assert.deepEqual(
    applied.map(({ metadata }) => [metadata.namespace, metadata.name]),
    [
      [undefined, 'shop'],
      ['shop', 'a'],
      ['default', 'b'],
    ],
  );
  await cluster.apply(manifest.replace('"1"', '"2"'), 'shop');
  const changed = await cluster.client.resource(Resources.configMaps).get({ namespace: 'shop', name: 'a' });
  assert.deepEqual(changed.data, { x: '2' });
  await assert.rejects(cluster.apply('{ apiVersion: v1, kind: Pot, metadata: { name: x } }'), {
    message: 'no matches for kind "Pot" in version "v1"; check both',
  });
});

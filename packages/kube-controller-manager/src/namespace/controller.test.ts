import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import { startFakeCluster } from '../fake/cluster.ts';
import { rootCaPublisher } from '../root-ca/controller.ts';
import { serviceAccountController } from '../serviceaccount/controller.ts';
import { namespaceController } from './controller.ts';

/** Every namespace has an account for its pods, and the authority they trust. */
async function assertPublished(client: Client): Promise<void> {
  const account = await client.resource(Resources.serviceAccounts).find({ namespace: 'team', name: 'default' });
  assert.notEqual(account, undefined);
  const published = await client.resource(Resources.configMaps).get({ namespace: 'team', name: 'kube-root-ca.crt' });
  assert.equal(published.data?.['ca.crt'], 'PEM');
}

test('namespaceController deletes all content, reports what holds it up, and lets the namespace go', async () => {
  const cluster = await startFakeCluster({
    controllers: [namespaceController, serviceAccountController, rootCaPublisher],
    config: { rootCa: 'PEM' },
  });
  const { client } = cluster;
  const namespaces = client.resource(Resources.namespaces);
  await namespaces.create({ metadata: { name: 'team' }, spec: {} });
  await cluster.advance();
  await assertPublished(client);
  await client
    .resource(Resources.configMaps)
    .create({ metadata: { namespace: 'team', name: 'held', finalizers: ['example.com/hold'] } });
  await client
    .resource(Resources.pods)
    .create({ metadata: { namespace: 'team', name: 'p' }, spec: { containers: [], nodeName: 'n1' } });
  await namespaces.delete({ name: 'team' });
  await cluster.advance(500);
  const waiting = await namespaces.get({ name: 'team' });
  const message = (type: string, object = waiting) =>
    object.status?.conditions?.find((condition) => condition.type === type)?.message;
  assert.equal(message('NamespaceContentRemaining'), 'Some resources are remaining: pods. has 1 resource instances');
  await cluster.runPods();
  await cluster.advance(20_000);
  const held = await namespaces.get({ name: 'team' });
  assert.equal(
    message('NamespaceContentRemaining', held),
    'Some resources are remaining: configmaps. has 1 resource instances',
  );
  assert.equal(
    message('NamespaceFinalizersRemaining', held),
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  );
  await client
    .resource(Resources.configMaps)
    .patch({ namespace: 'team', name: 'held' }, { type: 'merge', body: { metadata: { finalizers: null } } });
  await cluster.advance(30_000);
  assert.equal(await namespaces.find({ name: 'team' }), undefined);
  cluster.stop();
});

test('serviceAccountController and rootCaPublisher repair what they publish', async () => {
  const cluster = await startFakeCluster({
    controllers: [serviceAccountController, rootCaPublisher],
    config: { rootCa: 'PEM' },
  });
  const { client } = cluster;
  await client.resource(Resources.namespaces).create({ metadata: { name: 'team' }, spec: {} });
  await cluster.advance();
  await client.resource(Resources.serviceAccounts).delete({ namespace: 'team', name: 'default' });
  await client
    .resource(Resources.configMaps)
    .patch({ namespace: 'team', name: 'kube-root-ca.crt' }, { type: 'merge', body: { data: { 'ca.crt': 'forged' } } });
  await cluster.advance();
  await assertPublished(client);
  cluster.stop();
});

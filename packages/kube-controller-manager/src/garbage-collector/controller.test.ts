import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConfigMap, errors, ownerReferenceTo, Resources, resourceTable } from '@steersman/api';
import { startFakeCluster } from '../fake/cluster.ts';
import { garbageCollector } from './controller.ts';

async function setUp() {
  const cluster = await startFakeCluster({ controllers: [garbageCollector] });
  const configMaps = cluster.client.resource(Resources.configMaps);
  const at = (name: string) => ({ namespace: 'default', name });
  const create = (name: string, owners: readonly ConfigMap[] = [], blockOwnerDeletion = true) =>
    configMaps.create({
      metadata: {
        ...at(name),
        ownerReferences: owners.map((owner, index) =>
          ownerReferenceTo(owner, Resources.configMaps, { controller: index === 0, blockOwnerDeletion }),
        ),
      },
    });
  const names = async () =>
    (await configMaps.list({ namespace: 'default' })).items.map(({ metadata }) => metadata.name);
  await cluster.advance(1_000);
  return { cluster, configMaps, at, create, names };
}

test('garbageCollector deletes what has lost its owner, down the line', async () => {
  const { cluster, configMaps, at, create, names } = await setUp();
  const a = await create('a');
  const b = await create('b', [a]);
  await create('c', [b]);
  await create('d');
  await cluster.advance();
  assert.deepEqual(await names(), ['a', 'b', 'c', 'd']);
  await configMaps.delete(at('a'), { propagationPolicy: 'Background' });
  await cluster.advance();
  assert.deepEqual(await names(), ['d']);
  cluster.stop();
});

test('garbageCollector deletes an object whose owner never existed, and keeps one with another owner', async () => {
  const { cluster, create, configMaps, at, names } = await setUp();
  const a = await create('a');
  const ghost = { metadata: { ...at('ghost'), uid: 'no-such-uid' } };
  await create('lost', [ghost]);
  await create('shared', [a, ghost]);
  await cluster.advance();
  assert.deepEqual(await names(), ['a', 'shared']);
  assert.deepEqual(
    (await configMaps.get(at('shared'))).metadata.ownerReferences?.map(({ name }) => name),
    ['a'],
  );
  cluster.stop();
});

test('garbageCollector lets a foreground deletion wait for its blocking dependents', async () => {
  const { cluster, configMaps, at, create, names } = await setUp();
  const a = await create('a');
  const held = await create('held', [a]);
  await configMaps.patch(at('held'), { type: 'merge', body: { metadata: { finalizers: ['example.com/hold'] } } });
  await cluster.advance();
  await configMaps.delete(at('a'), { propagationPolicy: 'Foreground' });
  await cluster.advance();
  assert.deepEqual(await names(), ['a', 'held']);
  assert.notEqual((await configMaps.get(at(held.metadata.name ?? ''))).metadata.deletionTimestamp, undefined);
  await configMaps.patch(at('held'), { type: 'merge', body: { metadata: { finalizers: null } } });
  await cluster.advance();
  assert.deepEqual(await names(), []);
  cluster.stop();
});

test('garbageCollector orphans dependents when asked to', async () => {
  const { cluster, configMaps, at, create, names } = await setUp();
  const a = await create('a');
  await create('b', [a]);
  await cluster.advance();
  await configMaps.delete(at('a'), { propagationPolicy: 'Orphan' });
  await cluster.advance();
  assert.deepEqual(await names(), ['b']);
  assert.deepEqual((await configMaps.get(at('b'))).metadata.ownerReferences, []);
  cluster.stop();
});

test('garbageCollector spares an object that was orphaned while its graph was behind', async () => {
  const info = resourceTable.find(({ plural, version }) => plural === 'configmaps' && version === 'v1');
  let orphaned = false;
  const cluster = await startFakeCluster({
    controllers: [garbageCollector],
    intercept: ({ method, path }) => {
      if (orphaned || method !== 'GET' || !path.endsWith('/configmaps/b') || info === undefined) return;
      orphaned = true;
      const stored = cluster.api.store.get(info, 'default/b');
      if (stored !== undefined)
        cluster.api.store.write(info, { ...stored, metadata: { ...stored.metadata, ownerReferences: [] } });
    },
  });
  await cluster.advance(1_000);
  const ghost = { metadata: { namespace: 'default', name: 'ghost', uid: 'no-such-uid' } };
  const ownerReferences = [ownerReferenceTo(ghost, Resources.configMaps)];
  await cluster.client
    .resource(Resources.configMaps)
    .create({ metadata: { namespace: 'default', name: 'b', ownerReferences } });
  await cluster.advance();
  assert.equal(orphaned, true);
  assert.notEqual(
    await cluster.client.resource(Resources.configMaps).find({ namespace: 'default', name: 'b' }),
    undefined,
  );
  cluster.stop();
});

test('garbageCollector deletes a circle of three in the foreground', async () => {
  const { cluster, configMaps, at, create, names } = await setUp();
  const a = await create('a');
  const b = await create('b', [a]);
  const c = await create('c', [b]);
  const owner = ownerReferenceTo(c, Resources.configMaps, { controller: true, blockOwnerDeletion: true });
  await configMaps.patch(at('a'), { type: 'merge', body: { metadata: { ownerReferences: [owner] } } });
  await cluster.advance();
  await configMaps.delete(at('a'), { propagationPolicy: 'Foreground' });
  await cluster.advance();
  assert.deepEqual(await names(), []);
  cluster.stop();
});

test('garbageCollector does not wait for a dependent whose deletion no event has told', async () => {
  let lost = false;
  const cluster = await startFakeCluster({
    controllers: [garbageCollector],
    intercept: ({ path }) => {
      if (lost && path.endsWith('/configmaps/b')) throw errors.notFound({ group: '', resource: 'configmaps' }, 'b');
    },
  });
  const configMaps = cluster.client.resource(Resources.configMaps);
  await cluster.advance(1_000);
  const a = await configMaps.create({ metadata: { namespace: 'default', name: 'a' } });
  const ownerReferences = [ownerReferenceTo(a, Resources.configMaps, { blockOwnerDeletion: true })];
  await configMaps.create({ metadata: { namespace: 'default', name: 'b', ownerReferences } });
  await cluster.advance();
  lost = true;
  await configMaps.delete({ namespace: 'default', name: 'a' }, { propagationPolicy: 'Foreground' });
  await cluster.advance();
  assert.equal(await configMaps.find({ namespace: 'default', name: 'a' }), undefined);
  cluster.stop();
});

/** A cluster whose Secrets cannot be listed until told otherwise: an owner in the foreground, which a Secret holds up. */
async function withSecretsOutOfReach() {
  const reach = { secrets: false };
  const cluster = await startFakeCluster({
    controllers: [garbageCollector],
    intercept: ({ method, path }) => {
      if (!reach.secrets && method === 'GET' && path.startsWith('/api/v1/secrets'))
        throw errors.internal('out of reach');
    },
  });
  const configMaps = cluster.client.resource(Resources.configMaps);
  const at = (name: string) => ({ namespace: 'default', name });
  const a = await configMaps.create({ metadata: at('a') });
  const ownerReferences = [ownerReferenceTo(a, Resources.configMaps, { blockOwnerDeletion: true })];
  const secrets = cluster.client.resource(Resources.secrets);
  await secrets.create({ metadata: { ...at('held'), ownerReferences } });
  await configMaps.create({ metadata: { ...at('b'), ownerReferences } });
  await configMaps.delete(at('a'), { propagationPolicy: 'Foreground' });
  return { cluster, reach, configMaps, secrets, at };
}

test('garbageCollector begins when it knows all dependents', async () => {
  const { cluster, reach, configMaps, secrets, at } = await withSecretsOutOfReach();
  await cluster.advance(10_000);
  assert.notEqual(await configMaps.find(at('a')), undefined);
  reach.secrets = true;
  await cluster.advance(20_000);
  assert.equal(await secrets.find(at('held')), undefined);
  assert.equal(await configMaps.find(at('a')), undefined);
  cluster.stop();
});

test('garbageCollector does not wait for ever for a resource that cannot be listed', async () => {
  const { cluster, configMaps, at } = await withSecretsOutOfReach();
  await cluster.advance(29_000);
  assert.notEqual(await configMaps.find(at('b')), undefined);
  await cluster.advance(2_000);
  assert.equal(await configMaps.find(at('b')), undefined);
  cluster.stop();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEnvelope, type KubeObject, schemaFor } from '@steersman/api';
import { startTestServer } from '../test-server.ts';
import { ObjectLru } from './object-lru.ts';
import { ResourceCache } from './resource-cache.ts';
import { headOf } from './stored-value.ts';

const key = '/registry/configmaps/default/one';
const path = '/api/v1/namespaces/default/configmaps/one';
const configMap: KubeObject = {
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name: 'one', namespace: 'default', uid: 'u' },
};

test('the cache reads values that upstream wrote: its protobuf envelope, and JSON in another order', async () => {
  await using api = await startTestServer();
  const schema = schemaFor({ group: '', version: 'v1', kind: 'ConfigMap' })!;
  const values = [
    encodeEnvelope({ ...configMap, data: { a: 'b' } }, schema),
    Buffer.from(JSON.stringify({ data: { a: 'b' }, ...configMap })),
  ];
  for (const value of values) {
    const { revision } = await api.storage.transact({ when: [], write: [{ kind: 'put', key, value }] });
    const { body } = await api.send('GET', path);
    assert.deepEqual(body, {
      ...configMap,
      metadata: { resourceVersion: String(revision), ...configMap.metadata },
      data: { a: 'b' },
    });
  }
});

test('the cache survives a value that nobody can read', async () => {
  await using api = await startTestServer();
  await api.storage.transact({ when: [], write: [{ kind: 'put', key, value: Buffer.from('garbage') }] });
  assert.equal((await api.send('GET', path)).status, 404);
  assert.equal(
    (await api.send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'two' } })).status,
    201,
  );
});

test('a server starts on a store with a value that nobody can read', async () => {
  await using api = await startTestServer();
  await api.storage.transact({ when: [], write: [{ kind: 'put', key, value: Buffer.from('garbage') }] });
  await using second = await startTestServer({ storage: api.storage });
  assert.equal((await second.send('GET', path)).status, 404);
});

test('a server started on a store that holds objects shows them all', async () => {
  await using api = await startTestServer();
  for (const name of ['one', 'two'])
    await api.send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name } });
  await using second = await startTestServer({ storage: api.storage });
  const { body } = await second.send<{ items: { metadata: { name: string } }[] }>('GET', '/api/v1/configmaps');
  assert.deepEqual(
    body.items.map(({ metadata }) => metadata.name),
    ['one', 'two'],
  );
});

const POD_HEAD = headOf('Pod', 'v1');

/** A cache of pods by itself, and what a store hands it. */
function podCache() {
  const cache = new ResourceCache({
    prefix: '/registry/pods/',
    namespaced: true,
    head: POD_HEAD,
    decode: (value) => JSON.parse(Buffer.from(value).toString()) as KubeObject,
    selectable: {
      reads: ['spec.nodeName'],
      fields: (object) => ({ 'spec.nodeName': (object as { spec?: { nodeName?: string } }).spec?.nodeName ?? '' }),
    },
    objects: new ObjectLru(1024 * 1024),
    written: new WeakMap(),
  });
  const item = (name: string, json: string) => ({
    key: `/registry/pods/default/${name}`,
    value: Buffer.from(json),
    createRevision: 1,
    modRevision: 7,
    version: 1,
  });
  return { cache, item };
}
const podText = (index: number) =>
  `${POD_HEAD.metadataText}"name":"pod-${index}","labels":{"app":"a"}},"spec":{"nodeName":"node-${index % 3}","text":"\\"}"}}`;

test('ResourceCache.load() decodes nothing, however much there is, and knows what selectors ask', () => {
  const { cache, item } = podCache();
  for (let index = 0; index < 300; index++) cache.load(item(`pod-${index}`, podText(index)));
  const entries = cache.snapshot(undefined).flat();
  assert.equal(entries.length, 300);
  for (const { name, labels, fields } of entries) {
    assert.deepEqual(labels, { app: 'a' });
    assert.deepEqual(fields, { 'spec.nodeName': `node-${Number(name.slice(4)) % 3}` });
  }
  assert.equal(cache.decodes, 0);
  assert.deepEqual(JSON.parse(entries[0]!.bytes.toString()), {
    ...(JSON.parse(podText(0)) as object),
    metadata: { resourceVersion: '7', name: 'pod-0', labels: { app: 'a' } },
  });
});

test('ResourceCache.load() keeps nothing of a value that is overwritten afterwards', () => {
  const { cache, item } = podCache();
  const passing = item('pod-0', podText(0));
  cache.load(passing);
  passing.value.fill(0);
  assert.deepEqual(cache.get('default', 'pod-0')!.fields, { 'spec.nodeName': 'node-0' });
  assert.equal(cache.objectOf(cache.get('default', 'pod-0')!).metadata.name, 'pod-0');
});

/** The same, loaded from a store that still has some of the values. */
function leftPods(count: number) {
  const { cache, item } = podCache();
  const stored = Array.from({ length: count }, (_, index): Uint8Array | undefined => Buffer.from(podText(index)));
  const reread = (_revision: number, place: number) => stored[place];
  for (let index = 0; index < count; index++) cache.loadFrom(reread, item(`pod-${index}`, podText(index)), index);
  const named = (index: number) => cache.get('default', `pod-${index}`)!;
  return { cache, item, stored, named };
}
const shown = (index: number, revision = 7) =>
  podText(index).replace('"metadata":{', `"metadata":{"resourceVersion":"${revision}",`);

test('ResourceCache.loadFrom() leaves bytes in the store until somebody asks for them, and fetches them once', () => {
  const { cache, named } = leftPods(20);
  assert.deepEqual(named(4).fields, { 'spec.nodeName': 'node-1' });
  assert.deepEqual([cache.fetches, cache.slabBytes], [0, 0]);
  for (let time = 0; time < 2; time++) {
    assert.equal(named(4).bytes.toString(), shown(4));
    assert.equal(cache.objectOf(named(5)).metadata.name, 'pod-5');
    const target = Buffer.alloc(named(12).length);
    named(12).copyTo(target, 0);
    assert.equal(target.toString(), shown(12));
  }
  assert.deepEqual([cache.fetches, cache.decodes], [3, 1]);
});

test('ResourceCache.loadFrom() keeps what a change replaces, since the store forgets it', () => {
  const { cache, item, stored, named } = leftPods(3);
  const before = [named(0), named(1)];
  cache.apply({ kind: 'put', current: { ...item('pod-0', podText(2)), modRevision: 100 }, previous: undefined });
  cache.apply({ kind: 'delete', key: item('pod-1', '').key, revision: 101, previous: item('pod-1', podText(1)) });
  stored.fill(undefined);
  assert.deepEqual(
    before.map(({ bytes }) => bytes.toString()),
    [shown(0), shown(1)],
  );
  assert.equal(named(0).bytes.toString(), shown(2, 100));
  assert.throws(() => named(2).bytes, /the store has what the cache shows of \/registry\/pods\/default\/pod-2/);
});

test('ResourceCache.apply() shows a change though the store has forgotten what it replaces', () => {
  const { cache, item, stored, named } = leftPods(2);
  stored.fill(undefined);
  cache.apply({ kind: 'put', current: { ...item('pod-0', podText(1)), modRevision: 100 }, previous: undefined });
  cache.apply({ kind: 'delete', key: item('pod-1', '').key, revision: 101, previous: item('pod-1', podText(1)) });
  assert.equal(named(0).bytes.toString(), shown(1, 100));
  assert.equal(cache.size, 1);
});

test('ResourceCache.loadFrom() copies what it cannot leave as it is stored', () => {
  const { cache, item } = podCache();
  const other = podText(1).replace('{"kind":"Pod","apiVersion":"v1",', '{"apiVersion":"v1","kind":"Pod",');
  cache.loadFrom(() => assert.fail('it was copied'), item('other', other), 0);
  assert.equal(cache.get('default', 'other')!.bytes.toString(), shown(1));
});

test('ResourceCache.load() parses what is stored with blanks, and refuses what is cut off', () => {
  const { cache, item } = podCache();
  cache.load(item('blanks', podText(1).replace('"spec":', '"spec": ')));
  assert.deepEqual(cache.get('default', 'blanks')!.fields, { 'spec.nodeName': 'node-1' });
  assert.equal(cache.decodes, 1);
  assert.throws(() => cache.load(item('cut', podText(1).slice(0, -3))));
  assert.equal(cache.get('default', 'cut'), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEnvelope, type KubeObject, schemaFor } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

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

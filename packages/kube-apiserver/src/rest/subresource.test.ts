import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConfigMap, Resources } from '@steersman/api';
import type { SubresourceHandler } from '../registry/subresource-contract.ts';
import { startTestServer } from '../test-server.ts';

/** A hand-written endpoint as a kind may bring one: a ConfigMap that stands for a part of another. */
const handler: SubresourceHandler = {
  group: '',
  resource: 'configmaps',
  subresource: 'part',
  accepts: { group: '', version: 'v1', kind: 'ConfigMap' },
  verbs: ['get', 'update'],
  async handle({ verb, registry, namespace, name, body, ...context }) {
    const key = { namespace, name };
    if (verb === 'get') return { object: await registry.get(Resources.configMaps, key) };
    const data = (body as unknown as ConfigMap).data;
    const edit = (draft: { data?: Record<string, string> | undefined }) => {
      draft.data = { ...draft.data, ...data };
    };
    const object = await registry.update<ConfigMap>(Resources.configMaps, key, edit as never, {
      context: context as never,
      view: 'main',
    });
    return { object };
  },
};
const path = '/api/v1/namespaces/default/configmaps';

async function startWithHandler() {
  return startTestServer({
    extensions: { subresourceHandlers: () => [handler], admissionPlugins: () => [], postStartHooks: () => [] },
  });
}

test('a hand-written subresource reads, updates, and takes patches of what it reads', async () => {
  await using api = await startWithHandler();
  await api.send('POST', path, { metadata: { name: 'one' }, data: { a: '1' } });
  const put = await api.send<ConfigMap>('PUT', `${path}/one/part`, { metadata: { name: 'one' }, data: { b: '2' } });
  assert.deepEqual([put.status, put.body.data], [200, { a: '1', b: '2' }]);
  const merge = { 'content-type': 'application/merge-patch+json' };
  const patched = await api.send<ConfigMap>('PATCH', `${path}/one/part`, { data: { c: '3' } }, merge);
  assert.deepEqual(patched.body.data, { a: '1', b: '2', c: '3' });
});

test('a hand-written subresource answers 405 to verbs it does not serve and 404 for what is not there', async () => {
  await using api = await startWithHandler();
  assert.equal((await api.send('POST', `${path}/one/part`, {})).status, 405);
  assert.equal((await api.send('GET', `${path}/none/part`)).status, 404);
});

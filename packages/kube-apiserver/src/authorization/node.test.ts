import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../test-server.ts';

const node = (name: string) => ({ name: `system:node:${name}`, groups: ['system:nodes'] });
const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

async function setUp(api: TestServer): Promise<void> {
  const rules = [{ apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list', 'watch'] }];
  await api.send('POST', rbac, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'system:node' },
    rules,
  });
  for (const name of ['used', 'other'])
    await api.send('POST', '/api/v1/namespaces/default/secrets', { metadata: { name } });
  const containers = [{ name: 'c', image: 'i', envFrom: [{ secretRef: { name: 'used' } }] }];
  await api.send('POST', '/api/v1/namespaces/default/pods', {
    metadata: { name: 'p' },
    spec: { nodeName: 'n1', containers },
  });
}

test('nodeAuthorizer lets a node read the secrets of its own pods only', async () => {
  await using api = await startTestServer();
  await setUp(api);
  const status = async (path: string, who: string) =>
    (await api.send('GET', `/api/v1/namespaces/default/${path}`, undefined, {}, node(who))).status;
  assert.equal(await status('secrets/used', 'n1'), 200);
  assert.equal(await status('secrets?fieldSelector=metadata.name%3Dused', 'n1'), 200);
  assert.equal(await status('secrets/other', 'n1'), 403);
  assert.equal(await status('secrets', 'n1'), 403);
  assert.equal(await status('secrets/used', 'n2'), 403);
  await api.send('DELETE', '/api/v1/namespaces/default/pods/p?gracePeriodSeconds=0');
  assert.equal(await status('secrets/used', 'n1'), 403);
});

test('nodeAuthorizer grants what the role system:node lists to nodes and to nobody else', async () => {
  await using api = await startTestServer();
  await setUp(api);
  assert.equal((await api.send('GET', '/api/v1/nodes', undefined, {}, node('n1'))).status, 200);
  assert.equal(
    (await api.send('GET', '/api/v1/nodes', undefined, {}, { name: 'system:node:n1', groups: [] })).status,
    403,
  );
});

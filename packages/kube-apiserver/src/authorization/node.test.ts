import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../test-server.ts';

const node = (name: string) => ({ name: `system:node:${name}`, groups: ['system:nodes'] });

async function setUp(api: TestServer): Promise<void> {
  for (const name of ['used', 'other'])
    await api.send('POST', '/api/v1/namespaces/default/secrets', { metadata: { name } });
  const containers = [{ name: 'c', image: 'i', envFrom: [{ secretRef: { name: 'used' } }] }];
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
  await api.send('POST', '/api/v1/namespaces/default/pods', {
    metadata: { name: 'p' },
    spec: { nodeName: 'n1', serviceAccountName: 'builder', containers, volumes },
  });
}

/** The status and, when refused, what the authorizer says behind upstream's sentence. */
async function ask(api: TestServer, path: string, who: string, method = 'GET'): Promise<string> {
  const answer = await api.send<{ readonly message?: string }>(method, path, undefined, {}, node(who));
  const [, why] = /(?:in the namespace "[^"]*"|at the cluster scope)(?:: (.*))?$/.exec(answer.body.message ?? '') ?? [];
  return answer.status === 403 ? `403 ${why ?? ''}`.trim() : String(answer.status);
}

test('nodeAuthorizer lets a node read the secrets of its own pods only', async () => {
  await using api = await startTestServer();
  await setUp(api);
  const secrets = '/api/v1/namespaces/default/secrets';
  const unrelated = (who: string) => `403 no relationship found between node '${who}' and this object`;
  assert.equal(await ask(api, `${secrets}/used`, 'n1'), '200');
  assert.equal(await ask(api, `${secrets}?fieldSelector=metadata.name%3Dused`, 'n1'), '200');
  assert.equal(await ask(api, `${secrets}/other`, 'n1'), unrelated('n1'));
  assert.equal(await ask(api, secrets, 'n1'), '403 No Object name found');
  assert.equal(await ask(api, '/api/v1/secrets', 'n1'), '403 can only read namespaced object of this type');
  assert.equal(await ask(api, `${secrets}/used`, 'n1', 'DELETE'), '403 can only read resources of this type');
  assert.equal(await ask(api, `${secrets}/used`, 'n2'), unrelated('n2'));
  await api.send('DELETE', '/api/v1/namespaces/default/pods/p?gracePeriodSeconds=0');
  assert.equal(await ask(api, `${secrets}/used`, 'n1'), unrelated('n1'));
});

test('nodeAuthorizer shows a node itself and its own pods', async () => {
  await using api = await startTestServer();
  await setUp(api);
  assert.equal(await ask(api, '/api/v1/nodes/n1', 'n1'), '404');
  assert.equal(await ask(api, '/api/v1/nodes?fieldSelector=metadata.name%3Dn1', 'n1'), '200');
  assert.equal(await ask(api, '/api/v1/nodes', 'n1'), "403 node 'n1' cannot read all nodes, only its own Node object");
  assert.equal(await ask(api, '/api/v1/nodes/n2', 'n1'), "403 node 'n1' cannot read 'n2', only its own Node object");
  assert.equal(await ask(api, '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1', 'n1'), '200');
  assert.equal(await ask(api, '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1,status.phase%21%3DFailed', 'n1'), '200');
  const selector = '403 can only list/watch pods with spec.nodeName field selector';
  assert.equal(await ask(api, '/api/v1/pods?fieldSelector=spec.nodeName%3Dn2', 'n1'), selector);
  assert.equal(await ask(api, '/api/v1/namespaces/default/pods/p', 'n1'), '200');
  assert.equal(
    await ask(api, '/api/v1/namespaces/default/pods/p', 'n2'),
    "403 no relationship found between node 'n2' and this object",
  );
});

test('nodeAuthorizer follows a claim to its volume and to the secrets of that', async () => {
  await using api = await startTestServer();
  await setUp(api);
  const volume = (claim: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `of-${claim}` },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      claimRef: { namespace: 'default', name: claim },
      csi: { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: { namespace: 'default', name: 'other' } },
    },
  });
  for (const claim of ['data', 'none'])
    assert.equal((await api.send('POST', '/api/v1/persistentvolumes', volume(claim))).status, 201);
  assert.equal(await ask(api, '/api/v1/persistentvolumes/of-data', 'n1'), '200');
  assert.equal(await ask(api, '/api/v1/namespaces/default/secrets/other', 'n1'), '200');
  assert.match(await ask(api, '/api/v1/persistentvolumes/of-none', 'n1'), /^403 no relationship/);
  assert.match(await ask(api, '/api/v1/persistentvolumes', 'n1'), /^403 can only get individual resources/);
});

test('nodeAuthorizer keeps leases and tokens to the node that they are for', async () => {
  await using api = await startTestServer();
  await setUp(api);
  const leases = '/apis/coordination.k8s.io/v1/namespaces';
  assert.equal(await ask(api, `${leases}/kube-node-lease/leases/n1`, 'n1'), '404');
  assert.match(
    await ask(api, `${leases}/kube-node-lease/leases/n2`, 'n1'),
    /with the same name as the requesting node$/,
  );
  assert.match(await ask(api, `${leases}/default/leases/n1`, 'n1'), /in the "kube-node-lease" system namespace$/);
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  assert.equal(await ask(api, `${accounts}/builder`, 'n1'), '404');
  assert.match(await ask(api, `${accounts}/builder/token`, 'n2', 'POST'), /^403 no relationship/);
  assert.match(await ask(api, accounts, 'n1'), /^403 can only create tokens for individual service accounts/);
});

test('nodeAuthorizer grants what the rules of all nodes say to nodes and to nobody else', async () => {
  await using api = await startTestServer();
  assert.equal(await ask(api, '/api/v1/services', 'n1'), '200');
  assert.equal(await ask(api, '/api/v1/services', '', 'GET'), '403 unknown node for user "system:node:"');
  const alone = await api.send('GET', '/api/v1/services', undefined, {}, { name: 'system:node:n1', groups: [] });
  assert.equal(alone.status, 403);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../test-server.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const bob = { name: 'bob', groups: ['team'] };
const group = 'rbac.authorization.k8s.io';

async function grant(api: TestServer, role: object, subject: object): Promise<void> {
  await api.send('POST', `${rbac}/clusterroles`, {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'r' },
    ...role,
  });
  await api.send('POST', `${rbac}/namespaces/default/rolebindings`, {
    apiVersion: `${group}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'b' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'r' },
    subjects: [{ apiGroup: group, ...subject }],
  });
}

test('RbacAuthorizer refuses with upstream’s sentence until a binding allows, in the binding’s namespace only', async () => {
  await using api = await startTestServer();
  const pods = '/api/v1/namespaces/default/pods';
  const refused = await api.send('GET', pods, undefined, {}, bob);
  assert.equal(refused.status, 403);
  assert.equal(
    refused.body['message'],
    'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"',
  );
  await grant(
    api,
    { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] },
    { kind: 'Group', name: 'team' },
  );
  assert.equal((await api.send('GET', pods, undefined, {}, bob)).status, 200);
  assert.equal((await api.send('GET', '/api/v1/namespaces/other/pods', undefined, {}, bob)).status, 403);
  assert.equal((await api.send('DELETE', `${pods}/x`, undefined, {}, bob)).status, 403);
  await api.send('DELETE', `${rbac}/namespaces/default/rolebindings/b`);
  assert.equal((await api.send('GET', pods, undefined, {}, bob)).status, 403);
});

test('RbacAuthorizer says which binding allowed, and which roles it could not find', async () => {
  await using api = await startTestServer({ extensions: {} });
  await api.server.ready;
  const bindings = `${rbac}/namespaces/default/rolebindings`;
  const bind = (name: string, kind: string, role: string) =>
    api.send('POST', bindings, {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup: group, kind, name: role },
      subjects: [{ kind: 'ServiceAccount', name: 'builder' }],
    });
  const review = async () => {
    const resourceAttributes = { verb: 'list', resource: 'pods', namespace: 'default' };
    const spec = { user: 'system:serviceaccount:default:builder', resourceAttributes };
    const { body } = await api.send<{ readonly status: object }>(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec },
    );
    return body.status;
  };
  await bind('a', 'ClusterRole', 'gone');
  const gone = 'clusterrole.rbac.authorization.k8s.io "gone" not found';
  assert.deepEqual(await review(), { allowed: false, reason: `RBAC: ${gone}` });
  await bind('b', 'Role', 'gone');
  const both = `RBAC: [${gone}, role.rbac.authorization.k8s.io "gone" not found]`;
  assert.deepEqual(await review(), { allowed: false, reason: both });
  await bind('c', 'ClusterRole', 'view');
  const reason = 'RBAC: allowed by RoleBinding "c/default" of ClusterRole "view" to ServiceAccount "builder/default"';
  assert.deepEqual(await review(), { allowed: true, reason });
});

test('RbacAuthorizer honours resourceNames and subresources', async () => {
  await using api = await startTestServer();
  const rules = [{ apiGroups: [''], resources: ['configmaps', 'pods/log'], resourceNames: ['one'], verbs: ['get'] }];
  await grant(api, { rules }, { kind: 'User', name: 'bob' });
  const status = async (path: string) =>
    (await api.send('GET', `/api/v1/namespaces/default/${path}`, undefined, {}, bob)).status;
  assert.deepEqual(
    [await status('configmaps/one'), await status('configmaps/two'), await status('pods/one')],
    [404, 403, 403],
  );
});

test('impersonation needs the impersonate verb and then acts as the other user', async () => {
  await using api = await startTestServer();
  const as = { 'impersonate-user': 'bob', 'impersonate-group': 'team' };
  const path = '/api/v1/namespaces/default/configmaps';
  assert.equal((await api.send('GET', path, undefined, as, { name: 'eve', groups: [] })).status, 403);
  const refused = await api.send('GET', path, undefined, as);
  assert.match(String(refused.body['message']), /User "bob" cannot list/);
  await grant(
    api,
    { rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }] },
    { kind: 'Group', name: 'team' },
  );
  assert.equal((await api.send('GET', path, undefined, as)).status, 200);
});

test('anonymous requests are refused outside health endpoints, and with anonymousAuth off they are unauthorized', async () => {
  await using api = await startTestServer();
  const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
  assert.equal((await api.send('GET', '/api/v1/nodes', undefined, {}, anonymous)).status, 403);
  assert.equal((await api.send('GET', '/livez', undefined, {}, anonymous)).status, 200);
});

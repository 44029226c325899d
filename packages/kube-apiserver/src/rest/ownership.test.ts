import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigMap, ManagedFieldsEntry, Pod, Service, Status } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

const namespace = '/api/v1/namespaces/default';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };
const configMap = (data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'one', ...metadata },
  data,
});
const fieldsOf = (
  object: { metadata: { managedFields?: readonly ManagedFieldsEntry[] | undefined } },
  manager: string,
) => object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;

async function startServer() {
  const api = await startTestServer({ extensions: {} });
  await api.server.ready;
  await api.send('POST', `${namespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  return api;
}

test('a new pod is owned as the client sent it, not as admission and the server complete it', async () => {
  await using api = await startServer();
  const { body } = await api.send<Pod>('POST', `${namespace}/pods?fieldManager=me`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'x', env: [{ name: 'A', value: '1' }] }] },
  });
  assert.ok(body.spec.serviceAccountName && body.status?.phase, 'admission and the server completed it');
  assert.deepEqual(fieldsOf(body, 'me'), {
    'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
    'f:spec': {
      'f:containers': {
        'k:{"name":"c"}': {
          '.': {},
          'f:env': { '.': {}, 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
          'f:image': {},
          'f:imagePullPolicy': {},
          'f:name': {},
          'f:resources': {},
          'f:terminationMessagePath': {},
          'f:terminationMessagePolicy': {},
        },
      },
      'f:dnsPolicy': {},
      'f:enableServiceLinks': {},
      'f:restartPolicy': {},
      'f:schedulerName': {},
      'f:securityContext': {},
      'f:terminationGracePeriodSeconds': {},
    },
  });
});

test('the addresses of a Service belong to nobody', async () => {
  await using api = await startServer();
  const { body } = await api.send<Service>('POST', `${namespace}/services?fieldManager=me`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's' },
    spec: { ports: [{ port: 80 }] },
  });
  assert.ok(body.spec.clusterIP);
  assert.deepEqual(fieldsOf(body, 'me'), {
    'f:spec': {
      'f:internalTrafficPolicy': {},
      'f:ports': {
        '.': {},
        'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {}, 'f:targetPort': {} },
      },
      'f:sessionAffinity': {},
      'f:type': {},
    },
  });
});

test('a write that changes nothing keeps the version, though it would renew the times of owners', async () => {
  await using api = await startServer();
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const labels = { app: 'web' };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels, creationTimestamp: null }, spec: { containers: [{ name: 'c', image: 'x' }] } },
    },
  };
  const first = await api.send<Pod>('PATCH', `${path}/d?fieldManager=me`, deployment, APPLY);
  await api.effects.clock.advance(60_000);
  const second = await api.send<Pod>('PATCH', `${path}/d?fieldManager=me`, deployment, APPLY);
  assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
  const status = await api.send<Pod>('PATCH', `${path}/d?fieldManager=you`, { status: { replicas: 7 } }, MERGE);
  assert.equal(status.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
  assert.equal(fieldsOf(status.body, 'you'), undefined);
});

for (const managedFields of [[], [{}]]) {
  test(`a client that sends managedFields ${JSON.stringify(managedFields)} makes the object forget its owners`, async () => {
    await using api = await startServer();
    await api.send('POST', `${namespace}/configmaps?fieldManager=me`, configMap({ a: '1' }));
    const patched = await api.send<ConfigMap>(
      'PATCH',
      `${namespace}/configmaps/one`,
      { metadata: { managedFields } },
      MERGE,
    );
    assert.deepEqual([patched.status, patched.body.metadata.managedFields], [200, undefined]);
    await api.send('PATCH', `${namespace}/configmaps/one?fieldManager=me`, configMap({ a: '1' }), APPLY);
    const put = await api.send<ConfigMap>(
      'PUT',
      `${namespace}/configmaps/one`,
      configMap({ a: '2' }, { managedFields }),
    );
    assert.deepEqual([put.status, put.body.metadata.managedFields], [200, undefined]);
  });
}

const refusals: readonly (readonly [string, string, object, Record<string, string>, number, string])[] = [
  [
    'an apply without a manager',
    '/one',
    configMap({}),
    APPLY,
    422,
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  ],
  [
    'another patch that forces',
    '/one?force=true',
    {},
    MERGE,
    422,
    'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  ],
  [
    'a manager that cannot be printed',
    '/one?fieldManager=a%07b',
    {},
    MERGE,
    422,
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\ab": invalid character U+0007 (at position 1)',
  ],
  [
    'another kind',
    '/one?fieldManager=me',
    { ...configMap({}), kind: 'Secret' },
    APPLY,
    400,
    'invalid object type: /v1, Kind=Secret',
  ],
  [
    'another version',
    '/one?fieldManager=me',
    { ...configMap({}), apiVersion: 'apps/v1' },
    APPLY,
    400,
    'invalid object type: apps/v1, Kind=ConfigMap',
  ],
  [
    'owners that are sent',
    '/one?fieldManager=me',
    configMap({}, { managedFields: [] }),
    APPLY,
    400,
    'metadata.managedFields must be nil',
  ],
  [
    'another name',
    '/two?fieldManager=me',
    configMap({}),
    APPLY,
    400,
    'the name of the object (one) does not match the name on the URL (two)',
  ],
  [
    'a new object without a name',
    '/two?fieldManager=me',
    configMap({}, { name: undefined }),
    APPLY,
    400,
    'the name of the object (two based on URL) was undeterminable: name must be provided',
  ],
  [
    'a new object with a uid',
    '/two?fieldManager=me',
    configMap({}, { name: 'two', uid: 'u' }),
    APPLY,
    409,
    'Operation cannot be fulfilled on configmaps "two": uid mismatch: the provided object specified uid u, and no existing object was found',
  ],
  [
    'an old version',
    '/one?fieldManager=me',
    configMap({}, { resourceVersion: '1' }),
    APPLY,
    409,
    'Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [
    'a type of patch that does not exist',
    '/one',
    {},
    { 'content-type': 'application/json' },
    415,
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
  ],
];
test("PATCH refuses in upstream's words what cannot be applied", async () => {
  await using api = await startServer();
  await api.send('POST', `${namespace}/configmaps`, configMap({ a: '1' }));
  for (const [what, path, patch, headers, code, message] of refusals) {
    const { status, body } = await api.send<Status>('PATCH', `${namespace}/configmaps${path}`, patch, headers);
    assert.deepEqual([what, status, body.message], [what, code, message]);
  }
});

test('PUT refuses an object without a name', async () => {
  await using api = await startServer();
  const { status, body } = await api.send<Status>(
    'PUT',
    `${namespace}/configmaps/one`,
    configMap({}, { name: undefined }),
  );
  assert.equal(status, 400);
  assert.match(
    body.message ?? '',
    /^the name of the object \(one based on URL\) was undeterminable: name must be provided$/,
  );
});

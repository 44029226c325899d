import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

interface Shown {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec: { readonly holderIdentity: string };
  readonly message: string;
  readonly reason: string;
}
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'one' }, spec: {} };
const headers = (type: string) => ({ 'content-type': `application/${type}+json` });

test('PATCH needs no resourceVersion for kinds whose updates need one, and honours one that it names', async () => {
  await using api = await startTestServer();
  const made = await api.send<Shown>('POST', leases, lease);
  const spec = { holderIdentity: 'me' };
  const patched = await api.send<Shown>('PATCH', `${leases}/one`, { spec }, headers('merge-patch'));
  assert.deepEqual([patched.status, patched.body.spec.holderIdentity], [200, 'me']);
  const { resourceVersion } = made.body.metadata;
  const stale = { metadata: { resourceVersion }, spec };
  assert.equal((await api.send('PATCH', `${leases}/one`, stale, headers('strategic-merge-patch'))).status, 409);
  const tests = [{ op: 'test', path: '/metadata/resourceVersion', value: patched.body.metadata.resourceVersion }];
  assert.equal((await api.send('PATCH', `${leases}/one`, tests, headers('json-patch'))).status, 200);
});

test('PATCH with fieldValidation=Strict names duplicate and unknown fields as upstream does', async () => {
  await using api = await startTestServer();
  await api.send('POST', leases, lease);
  const text = '{"spec":{"leaseTransitions":1,"leaseTransitions":2,"unknown":1}}';
  const path = `${leases}/one?fieldValidation=Strict`;
  const refused = await api.send<Shown>('PATCH', path, text, headers('merge-patch'));
  assert.deepEqual([refused.status, refused.body.reason], [422, 'Invalid']);
  assert.match(refused.body.message, /^ "" is invalid: patch: Invalid value: /);
  assert.match(
    refused.body.message,
    /: strict decoding error: duplicate field "spec.leaseTransitions", unknown field "spec.unknown"$/,
  );
});

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const labels = { app: 'web' };
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'x' }] } },
  },
};
const typed = (type: string) => ({ 'content-type': `application/${type}+json` });
const unfit: readonly (readonly [string, string, unknown, number, RegExp])[] = [
  [
    'merge-patch',
    '',
    { spec: { replicas: 'x' } },
    422,
    /^ "" is invalid: patch: Invalid value: "\{.*\}": json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32$/,
  ],
  [
    'strategic-merge-patch',
    '',
    { spec: { replicas: 'x' } },
    422,
    /^ "" is invalid: patch: Invalid value: "map\[spec:map\[replicas:x\]\]": unrecognized type: int32$/,
  ],
  ['strategic-merge-patch', '', { metadata: { labels: { a: 1 } } }, 422, /: cannot convert int64 to string$/],
  ['strategic-merge-patch', '', { spec: { template: 'x' } }, 422, /: cannot restore struct from: string$/],
  [
    'strategic-merge-patch',
    '?fieldValidation=Strict',
    { spec: { foo: 1 } },
    422,
    /"map\[spec:map\[foo:1\]\]": strict decoding error: unknown field "spec\.foo"$/,
  ],
  [
    'json-patch',
    '?fieldValidation=Strict',
    [{ op: 'add', path: '/spec/replicas', value: 1, to: 1 }],
    422,
    /: strict decoding error: json patch unknown field "\[0\]\.to"$/,
  ],
  [
    'json-patch',
    '',
    { op: 'add' },
    400,
    /^error decoding patch: json: cannot unmarshal object into Go value of type \[\]handlers\.jsonPatchOp$/,
  ],
  [
    'json-patch',
    '',
    [{ op: 'test', path: '/spec/replicas', value: 7 }],
    422,
    /^the server rejected our request due to an error in our request$/,
  ],
];
test('PATCH refuses what does not fit in the words of each type of patch', async () => {
  await using api = await startTestServer();
  await api.send('POST', DEPLOYMENTS, deployment);
  for (const [type, query, patch, code, message] of unfit) {
    const { status, body } = await api.send<Status>('PATCH', `${DEPLOYMENTS}/d${query}`, patch, typed(type));
    assert.equal(status, code, String(body.message));
    assert.match(body.message ?? '', message);
  }
});

test('PATCH warns of what is odd in a JSON patch, and makes it', async () => {
  await using api = await startTestServer();
  await api.send('POST', DEPLOYMENTS, deployment);
  const patch = '[{"op":"add","op":"add","path":"/spec/replicas","value":3}]';
  const { status, headers } = await api.send('PATCH', `${DEPLOYMENTS}/d`, patch, typed('json-patch'));
  assert.equal(status, 200);
  assert.match(String(headers['warning']), /json patch duplicate field \\"\[0\]\.op\\"/);
});

test('an apply tells the keys that it has twice, and is refused for them when it asks to be', async () => {
  await using api = await startTestServer();
  const path = '/api/v1/namespaces/default/configmaps/one?fieldManager=me';
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata:\n  a: b\n  a: c\n';
  const type = { 'content-type': 'application/apply-patch+yaml' };
  const refused = await api.send<Status>('PATCH', `${path}&fieldValidation=Strict`, yaml, type);
  assert.deepEqual(
    [refused.status, refused.body.message],
    [
      400,
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key "a" already set in map',
    ],
  );
  const made = await api.send<{ data: object }>('PATCH', path, yaml, type);
  assert.deepEqual([made.status, made.body.data], [201, { a: 'c' }]);
  assert.match(String(made.headers['warning']), /line 6: key \\"a\\" already set in map/);
});

test('a request that cannot be answered writes nothing', async () => {
  await using api = await startTestServer();
  const headers = { accept: 'text/html' };
  assert.equal((await api.send('POST', DEPLOYMENTS, deployment, headers)).status, 406);
  assert.equal((await api.send('GET', `${DEPLOYMENTS}/d`)).status, 404);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '../test-server.ts';

interface Shown {
  readonly kind: string;
  readonly metadata: Record<string, string> & {
    readonly deletionGracePeriodSeconds?: number;
    readonly finalizers?: readonly string[];
  };
  readonly data: Record<string, string>;
  readonly message: string;
  readonly reason: string;
  readonly code: number;
  readonly details: { readonly causes: readonly { readonly field: string; readonly message: string }[] };
}
const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, extra: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...extra },
  data: { a: 'b' },
});

test('POST gives a new object uid, creationTimestamp and resourceVersion, and GET shows the same bytes', async () => {
  await using api = await startTestServer();
  const made = await api.send<Shown>('POST', configMaps, configMap('one'));
  assert.equal(made.status, 201);
  assert.match(made.body.metadata['uid'] ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(made.body.metadata['namespace'], 'default');
  const read = await api.send<Shown>('GET', `${configMaps}/one`);
  assert.deepEqual(read.body, made.body);
});

test('POST of a name that exists answers AlreadyExists', async () => {
  await using api = await startTestServer();
  await api.send('POST', configMaps, configMap('one'));
  const again = await api.send<Shown>('POST', configMaps, configMap('one'));
  assert.equal(again.status, 409);
  assert.equal(again.body.message, 'configmaps "one" already exists');
});

test('POST with generateName makes a name of the prefix and five characters', async () => {
  await using api = await startTestServer();
  const made = await api.send<Shown>('POST', configMaps, { ...configMap(''), metadata: { generateName: 'made-' } });
  assert.match(made.body.metadata['name'] ?? '', /^made-[a-z0-9]{5}$/);
});

test('POST with a bad name and label names both fields', async () => {
  await using api = await startTestServer();
  const refused = await api.send<Shown>('POST', configMaps, configMap('Bad_Name', { labels: { 'a b': 'c' } }));
  assert.equal(refused.status, 422);
  assert.deepEqual(
    refused.body.details.causes.map(({ field }) => field),
    ['metadata.name', 'metadata.labels'],
  );
});

test('POST into another namespace than the path says is a bad request', async () => {
  await using api = await startTestServer();
  const refused = await api.send<Shown>('POST', configMaps, configMap('one', { namespace: 'other' }));
  assert.equal(
    refused.body.message,
    'the namespace of the provided object does not match the namespace sent on the request',
  );
});

test('PUT with an old resourceVersion answers Conflict, and a PUT that changes nothing keeps the resourceVersion', async () => {
  await using api = await startTestServer();
  const made = (await api.send<Shown>('POST', configMaps, configMap('one'))).body;
  const same = await api.send<Shown>('PUT', `${configMaps}/one`, made);
  assert.equal(same.body.metadata['resourceVersion'], made.metadata['resourceVersion']);
  await api.send('PUT', `${configMaps}/one`, { ...made, data: { a: 'c' } });
  const late = await api.send<Shown>('PUT', `${configMaps}/one`, { ...made, data: { a: 'd' } });
  assert.equal(late.status, 409);
  assert.match(late.body.message, /the object has been modified/);
});

test('PATCH applies JSON patch, merge patch and strategic merge patch', async () => {
  await using api = await startTestServer();
  await api.send('POST', configMaps, configMap('one'));
  const patch = (type: string, body: unknown) =>
    api.send<Shown>('PATCH', `${configMaps}/one`, body, { 'content-type': `application/${type}+json` });
  assert.deepEqual((await patch('json-patch', [{ op: 'add', path: '/data/x', value: '1' }])).body.data, {
    a: 'b',
    x: '1',
  });
  assert.deepEqual((await patch('merge-patch', { data: { a: null } })).body.data, { x: '1' });
  assert.deepEqual((await patch('strategic-merge-patch', { data: { y: '2' } })).body.data, { x: '1', y: '2' });
  assert.equal((await patch('unknown', {})).status, 415);
});

test('DELETE answers a Status, honours preconditions, and waits for finalizers', async () => {
  await using api = await startTestServer();
  await api.send('POST', configMaps, configMap('one'));
  const wrong = await api.send<Shown>('DELETE', `${configMaps}/one`, {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    preconditions: { uid: 'other' },
  });
  assert.equal(wrong.status, 409);
  const gone = await api.send<Shown>('DELETE', `${configMaps}/one`);
  assert.equal(gone.body.kind, 'Status');
  assert.equal((await api.send('GET', `${configMaps}/one`)).status, 404);
  await api.send('POST', configMaps, configMap('held', { finalizers: ['example.com/hold'] }));
  const held = await api.send<Shown>('DELETE', `${configMaps}/held`);
  assert.equal(held.body.metadata.deletionGracePeriodSeconds, 0);
  const merge = { 'content-type': 'application/merge-patch+json' };
  await api.send('PATCH', `${configMaps}/held`, { metadata: { finalizers: null } }, merge);
  assert.equal((await api.send('GET', `${configMaps}/held`)).status, 404);
});

test('DELETE with Foreground or Orphan propagation leaves the object to the garbage collector', async () => {
  await using api = await startTestServer();
  await api.send('POST', configMaps, configMap('one'));
  const foreground = await api.send<Shown>('DELETE', `${configMaps}/one?propagationPolicy=Foreground`);
  assert.deepEqual(foreground.body.metadata.finalizers, ['foregroundDeletion']);
  await api.send('POST', configMaps, configMap('two'));
  const orphan = await api.send<Shown>('DELETE', `${configMaps}/two?propagationPolicy=Orphan`);
  assert.deepEqual(orphan.body.metadata.finalizers, ['orphan']);
});

test('dryRun=All answers as if, and stores nothing', async () => {
  await using api = await startTestServer();
  const made = await api.send<Shown>('POST', `${configMaps}?dryRun=All`, configMap('one'));
  assert.equal(made.status, 201);
  assert.equal((await api.send('GET', `${configMaps}/one`)).status, 404);
});

test('a dry run of an update answers with the version that is stored, which kubectl diff shows', async () => {
  await using api = await startTestServer();
  const made = await api.send<Shown>('POST', configMaps, configMap('one'));
  const changed = { ...configMap('one'), data: { other: 'x' } };
  const dry = await api.send<Shown>('PUT', `${configMaps}/one?dryRun=All`, changed);
  assert.deepEqual(dry.body.data, { other: 'x' });
  assert.equal(dry.body.metadata.resourceVersion, made.body.metadata.resourceVersion);
});

test('fieldValidation=Strict refuses unknown fields, Warn warns, Ignore is silent', async () => {
  await using api = await startTestServer();
  const body = { ...configMap('one'), datq: {} };
  const strict = await api.send<Shown>('POST', `${configMaps}?fieldValidation=Strict`, body);
  assert.match(strict.body.message, /strict decoding error: unknown field "datq"/);
  const warned = await api.send('POST', `${configMaps}?dryRun=All&fieldValidation=Warn`, body);
  assert.match(warned.headers['warning'] ?? '', /unknown field/);
  assert.equal((await api.send('POST', `${configMaps}?fieldValidation=Ignore`, body)).headers['warning'], undefined);
});

test('YAML and protobuf are read and written', async () => {
  await using api = await startTestServer();
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: b\n';
  assert.equal((await api.send('POST', configMaps, yaml, { 'content-type': 'application/yaml' })).status, 201);
  const shown = await api.send<string>('GET', `${configMaps}/one`, undefined, { accept: 'application/yaml' });
  assert.match(shown.body, /^apiVersion: v1\ndata:\n {2}a: b\n/);
  const proto = await api.send<string>('GET', `${configMaps}/one`, undefined, {
    accept: 'application/vnd.kubernetes.protobuf',
  });
  assert.equal(proto.body.slice(0, 3), 'k8s');
});

test('paths, methods and media types that do not exist get 404, 405, 406', async () => {
  await using api = await startTestServer();
  assert.equal((await api.send('GET', '/api/v1/namespaces/default/nothings')).status, 404);
  assert.equal((await api.send('DELETE', '/apis/apps/v1/nothing/x')).status, 404);
  assert.equal((await api.send('POST', `${configMaps}/one`, configMap('one'))).status, 405);
  assert.equal((await api.send('GET', configMaps, undefined, { accept: 'text/html' })).status, 406);
});

test('the status subresource changes only status, and the main resource never does', async () => {
  await using api = await startTestServer();
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: { podCIDR: '10.0.0.0/24' } };
  await api.send('POST', '/api/v1/nodes', node);
  const merge = { 'content-type': 'application/merge-patch+json' };
  const body = { spec: { unschedulable: true }, status: { phase: 'Running' } };
  const { spec, status } = (await api.send('PATCH', '/api/v1/nodes/n/status', body, merge)).body as {
    spec: object;
    status: { phase?: string };
  };
  assert.deepEqual([spec, status.phase], [{ podCIDR: '10.0.0.0/24', podCIDRs: ['10.0.0.0/24'] }, 'Running']);
});

test('events.k8s.io/v1 and core/v1 show the same event under their own field names', async () => {
  await using api = await startTestServer();
  const regarding = { kind: 'Pod', namespace: 'default', name: 'p' };
  const event = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'e' },
    regarding,
    note: 'hello',
    reason: 'Testing',
    action: 'Test',
    type: 'Normal',
    eventTime: '2026-01-02T03:04:05.000006Z',
    reportingController: 'example.com/tester',
    reportingInstance: 'tester-1',
  };
  const made = await api.send('POST', '/apis/events.k8s.io/v1/namespaces/default/events', event);
  assert.equal(made.status, 201);
  const core = (await api.send('GET', '/api/v1/namespaces/default/events/e')).body as {
    message: string;
    involvedObject: object;
  };
  assert.deepEqual([core.message, core.involvedObject], ['hello', regarding]);
  const again = (await api.send('GET', '/apis/events.k8s.io/v1/namespaces/default/events')).body as {
    items: { note: string }[];
  };
  assert.equal(again.items[0]?.note, 'hello');
});

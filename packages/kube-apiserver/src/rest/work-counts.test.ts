import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ADMIN, startTestServer, type TestServer } from '../test-server.ts';

const MARK = 'marked-value';
const COLLECTION = '/api/v1/namespaces/default/configmaps';
const OBJECTS = 20;

/** Counts how often JSON that holds the mark is parsed and written. */
function countJson(context: TestContext) {
  const { parse, stringify } = JSON;
  context.after(() => Object.assign(JSON, { parse, stringify }));
  const counts = { parsed: 0, written: 0 };
  JSON.parse = (text, reviver) => {
    if (text.includes(MARK)) counts.parsed += 1;
    return parse(text, reviver) as unknown;
  };
  JSON.stringify = ((value: unknown, ...rest: []) => {
    const text = stringify(value, ...rest);
    if (text?.includes(MARK)) counts.written += 1;
    return text;
  }) as typeof stringify;
  return counts;
}

async function send(api: TestServer, method: string, path: string, body?: string): Promise<string> {
  const response = await api.server.transportFor(ADMIN).request({
    method,
    path,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
  return Buffer.concat(await Array.fromAsync(response.body)).toString();
}
const configMap = (name: string) => `{"metadata":{"name":"${name}"},"data":{"a":"${MARK}"}}`;

test('a create parses its object once and writes it once, whoever watches', async (context) => {
  await using api = await startTestServer();
  const watch = api.watch(`${COLLECTION}?watch=true`);
  const first = watch.next();
  const counts = countJson(context);
  await send(api, 'POST', COLLECTION, configMap('one'));
  assert.deepEqual(counts, { parsed: 1, written: 1 });
  await send(api, 'POST', COLLECTION, configMap('two').replace('{', '{"kind":"ConfigMap","apiVersion":"v1",'));
  assert.deepEqual(counts, { parsed: 2, written: 2 });
  assert.equal((await first).value?.type, 'ADDED');
  await watch.return?.();
});

test('reads of one object and of lists parse and write none', async (context) => {
  await using api = await startTestServer();
  for (let index = 0; index < OBJECTS; index++) await send(api, 'POST', COLLECTION, configMap(`${index}`));
  const counts = countJson(context);
  const texts = [
    await send(api, 'GET', `${COLLECTION}/1`),
    await send(api, 'GET', COLLECTION),
    await send(api, 'GET', `${COLLECTION}?limit=5`),
    await send(api, 'GET', `${COLLECTION}?resourceVersion=0`),
  ];
  assert.deepEqual(counts, { parsed: 0, written: 0 });
  assert.deepEqual(
    texts.map((text) => text.split(MARK).length - 1),
    [1, OBJECTS, 5, OBJECTS],
  );
});

test('a second update of an object does not parse the stored one again', async (context) => {
  await using api = await startTestServer();
  await send(api, 'POST', COLLECTION, configMap('one'));
  const update = (label: string) =>
    send(
      api,
      'PUT',
      `${COLLECTION}/one`,
      configMap('one').replace('"metadata":{', `"metadata":{"labels":{"a":"${label}"},`),
    );
  await update('first');
  const counts = countJson(context);
  await update('second');
  assert.equal(counts.parsed, 1);
});

/** The work done for a resource, as /metrics tells it. */
async function workOf(api: TestServer, resource: string): Promise<Record<string, number>> {
  await api.effects.clock.advance(30_001);
  const text = await send(api, 'GET', '/metrics');
  const lines = text.matchAll(new RegExp(`^steersman_apiserver_(\\w+)\\{resource="${resource}"\\} (\\d+)$`, 'gm'));
  return Object.fromEntries([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

async function workDuring(
  api: TestServer,
  act: () => Promise<unknown>,
  resource = 'configmaps',
): Promise<Record<string, number>> {
  const before = await workOf(api, resource);
  await act();
  const after = await workOf(api, resource);
  const changed = Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)] as const);
  return Object.fromEntries(changed.filter(([name, value]) => value !== 0 && name !== 'cache_bytes'));
}

test('lists look at what they show and one entry more, and encode nothing that is there as bytes', async () => {
  await using api = await startTestServer();
  for (let index = 0; index < OBJECTS; index++) await send(api, 'POST', COLLECTION, configMap(`c${index}`));
  const bytesOf = async (query: string) => Buffer.byteLength(await send(api, 'GET', COLLECTION + query));
  const [all, page] = [await bytesOf(''), await bytesOf('?limit=5')];
  const list = (query: string) => workDuring(api, () => send(api, 'GET', COLLECTION + query));
  assert.deepEqual(await list(''), { list_entries_scanned: OBJECTS, list_bytes_copied: all });
  assert.deepEqual(await list('?limit=5'), { list_entries_scanned: 6, list_bytes_copied: page });
  const one = await list('?fieldSelector=metadata.name%3Dc3');
  assert.equal(one['list_entries_scanned'], undefined);
});

test('a long list of metadata parses no object, and one in protobuf parses and encodes each once', async () => {
  await using api = await startTestServer();
  const count = 120;
  for (let index = 0; index < count; index++) await send(api, 'POST', COLLECTION, configMap(`c${index}`));
  const list = (accept: string) =>
    workDuring(api, async () => {
      const request = { method: 'GET', path: COLLECTION, headers: { accept } };
      const { body } = await api.server.transportFor(ADMIN).request(request);
      await Array.fromAsync(body);
    });
  const partial = await list('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
  assert.deepEqual(
    [partial['cache_decodes'], partial['list_objects_encoded'], partial['list_entries_scanned']],
    [undefined, count, count],
  );
  const protobuf = await list('application/vnd.kubernetes.protobuf');
  assert.deepEqual([protobuf['cache_decodes'], protobuf['list_objects_encoded']], [count, count]);
});

const PODS = '/api/v1/pods?fieldSelector=spec.nodeName%3D';

test('the pods of a node are found without a look at others, also those that came, went or moved since the start', async () => {
  await using api = await startTestServer();
  const write = (name: string, nodeName: string | undefined) => {
    const key = `/registry/pods/default/${name}`;
    const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name, namespace: 'default' }, spec: { nodeName } };
    const value = Buffer.from(JSON.stringify(pod));
    return api.storage.transact({ when: [], write: [{ kind: 'put', key, value }] });
  };
  for (let index = OBJECTS; index > 0; index--) await write(`p${100 + index}`, `n${index % 4}`);
  await write('unbound', undefined);
  await using later = await startTestServer({ storage: api.storage });
  for (const server of [api, later]) {
    const first = await workDuring(server, () => send(server, 'GET', `${PODS}n1`), 'pods');
    assert.equal(first['list_entries_scanned'], OBJECTS / 4);
  }
  await write('p101', 'n2');
  await write('p102', 'n1');
  await write('p100', 'n1');
  const key = '/registry/pods/default/p105';
  await api.storage.transact({ when: [], write: [{ kind: 'delete', key }] });
  const namesOf = async (server: TestServer, query: string) =>
    [...(await send(server, 'GET', PODS + query)).matchAll(/"name":"(\w+)"/g)].map(([, name]) => name);
  for (const server of [api, later]) {
    assert.deepEqual(await namesOf(server, 'n1'), ['p100', 'p102', 'p109', 'p113', 'p117']);
    assert.deepEqual(await namesOf(server, 'n1&limit=2'), ['p100', 'p102']);
    assert.deepEqual(await namesOf(server, ''), ['unbound']);
    assert.deepEqual(await namesOf(server, 'nowhere'), []);
    const events = server.watch(`/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Dn1`);
    assert.equal((await events.next()).value?.object.metadata.name, 'p100');
    await events.return?.();
  }
});

test('an event for many watchers is matched and encoded once for those that want the same, and written once to each', async () => {
  await using api = await startTestServer();
  const watches = Array.from({ length: 10 }, () => api.watch(`${COLLECTION}?watch=true`));
  const other = api.watch(`${COLLECTION}?watch=true&fieldSelector=metadata.name%3Dother`);
  const first = watches.map((watch) => watch.next());
  const none = other.next();
  await new Promise(setImmediate);
  const work = await workDuring(api, async () => {
    await send(api, 'POST', COLLECTION, configMap('one'));
    await Promise.all(first);
  });
  assert.deepEqual(
    [
      work['watch_matches'],
      work['watch_encodes'],
      work['watch_bytes_copied'],
      work['watch_writes'],
      work['cache_decodes'],
    ],
    [1, 1, undefined, 10, undefined],
  );
  for (const watch of watches) await watch.return?.();
  await send(api, 'POST', COLLECTION, configMap('other'));
  assert.equal(((await none).value as { type: string }).type, 'ADDED');
  await other.return?.();
});

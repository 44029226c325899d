/** What watches look like in views and encodings other than plain objects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceTable, type Status } from '@steersman/api';
import { startTestServer, type TestServer } from '../test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const TO_THE_END = 'watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';

async function firstFrame(api: TestServer, path: string, accept = 'application/json') {
  for await (const frame of api.watch(path, { accept })) return frame;
  return assert.fail('the watch ended without an event');
}

test('a watch of tables says with its first event alone what the columns are', async () => {
  await using api = await startTestServer();
  await api.send('POST', CONFIG_MAPS, { metadata: { name: 'a', annotations: { b: '"columnDefinitions":null' } } });
  await api.send('POST', CONFIG_MAPS, { metadata: { name: 'b' } });
  const columns: unknown[] = [];
  for await (const { object } of api.watch(`${CONFIG_MAPS}?watch=1`, { accept: TABLE })) {
    columns.push(object['columnDefinitions']);
    if (columns.length === 2) await api.send('POST', CONFIG_MAPS, { metadata: { name: 'c' } });
    if (columns.length === 3) break;
  }
  const names = (columns[0] as { name: string }[]).map(({ name }) => name);
  assert.deepEqual([names, columns[1], columns[2]], [['Name', 'Data', 'Age'], null, null]);
});

test('a watch of tables that begins with nothing says what the columns are when something happens', async () => {
  await using api = await startTestServer();
  const { metadata } = (await api.send<{ metadata: { resourceVersion: string } }>('GET', CONFIG_MAPS)).body;
  const watch = firstFrame(api, `${CONFIG_MAPS}?watch=1&resourceVersion=${metadata.resourceVersion}`, TABLE);
  await api.send('POST', CONFIG_MAPS, { metadata: { name: 'a' } });
  assert.equal(((await watch).object['columnDefinitions'] as unknown[]).length, 3);
});

test('a bookmark has what upstream writes of an empty object of its kind', async () => {
  await using api = await startTestServer();
  const { object } = await firstFrame(api, `/api/v1/namespaces/default/pods?${TO_THE_END}`);
  assert.deepEqual([object['spec'], object['status']], [{ containers: null }, {}]);
  assert.deepEqual(object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
});

test('a bookmark of a watch of tables is a row of an empty object, marked whatever objects are left out', async () => {
  await using api = await startTestServer();
  for (const includeObject of ['', 'None', 'Metadata']) {
    const path = `/api/v1/namespaces/default/pods?${TO_THE_END}&includeObject=${includeObject}`;
    const { type, object } = await firstFrame(api, path, TABLE);
    const [row] = object['rows'] as { cells: unknown[]; object: Record<string, unknown> }[];
    assert.deepEqual([type, row?.cells.slice(0, 2)], ['BOOKMARK', ['', '0/0']]);
    assert.equal(row?.object['kind'], 'PartialObjectMetadata');
    assert.deepEqual((row.object['metadata'] as Record<string, unknown>)['annotations'], {
      'k8s.io/initial-events-end': 'true',
    });
  }
});

test('every kind that can be watched has bookmarks, as objects and as rows', async () => {
  await using api = await startTestServer();
  for (const { group, version, plural, verbs, served, defaultEnabled, servedBy } of resourceTable) {
    if (!verbs.includes('watch') || !served || !defaultEnabled || servedBy !== undefined) continue;
    const path = `${group === '' ? '/api' : `/apis/${group}`}/${version}/${plural}?${TO_THE_END}`;
    for (const accept of [TABLE, 'application/json'])
      assert.equal((await firstFrame(api, path, accept)).type, 'BOOKMARK', path);
  }
});

test('rows without objects say null for them', async () => {
  await using api = await startTestServer();
  await api.send('POST', CONFIG_MAPS, { metadata: { name: 'a' } });
  for (const path of [CONFIG_MAPS, `${CONFIG_MAPS}/a`]) {
    const { body } = await api.send<{ rows: object[] }>('GET', `${path}?includeObject=None`, undefined, {
      accept: TABLE,
    });
    assert.deepEqual(body.rows, [{ cells: ['a', 0, '0s'], object: null }]);
  }
});

test('tables with objects of no known sort are refused, of watches too', async () => {
  await using api = await startTestServer();
  for (const query of ['', '&watch=1']) {
    const path = `${CONFIG_MAPS}?includeObject=Foo${query}`;
    const { status, body } = await api.send<Status>('GET', path, undefined, { accept: TABLE });
    const text =
      "Unable to convert to Table as requested: includeObject: Invalid value: \"Foo\": must be 'Metadata', 'Object', 'None', or empty";
    assert.deepEqual([status, body.message], [400, text]);
  }
});

test('nobody watches in YAML', async () => {
  await using api = await startTestServer();
  const { status, body } = await api.send<Status | string>('GET', `${CONFIG_MAPS}?watch=1`, undefined, {
    accept: 'application/yaml',
  });
  assert.equal(status, 406);
  assert.match(
    typeof body === 'string' ? body : (body.message ?? ''),
    /application\/json;stream=watch, application\/vnd\.kubernetes\.protobuf;stream=watch/,
  );
});

test('views of lists are refused for objects, and of objects for lists', async () => {
  await using api = await startTestServer();
  await api.send('POST', CONFIG_MAPS, { metadata: { name: 'a' } });
  const ask = async (path: string, view: string) => {
    const accept = `application/json;as=${view};v=v1;g=meta.k8s.io`;
    const { status, body } = await api.send<Status>('GET', path, undefined, { accept });
    return [status, body.message];
  };
  assert.deepEqual(await ask(CONFIG_MAPS, 'PartialObjectMetadata'), [
    406,
    'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
  ]);
  assert.deepEqual(await ask(`${CONFIG_MAPS}/a`, 'PartialObjectMetadataList'), [
    406,
    'you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)',
  ]);
});

test("a body that is no protobuf is shown in upstream's words", async () => {
  await using api = await startTestServer();
  const { status, body } = await api.send<Status>('POST', CONFIG_MAPS, 'garbage', {
    'content-type': 'application/vnd.kubernetes.protobuf',
  });
  const why = 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (67617262616765)';
  assert.deepEqual(
    [status, body.message],
    [400, `the object provided is unrecognized (must be of type ConfigMap): ${why}`],
  );
});

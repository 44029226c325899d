import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeEnvelope, decodeProtobuf, encodeCbor, schemaFor, toYaml } from '@steersman/api';
import { ADMIN, startTestServer, type TestServer } from '../test-server.ts';

const COUNT = 250;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const PARTIAL = 'as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';

async function fetchBytes(api: TestServer, path: string, headers: Record<string, string>) {
  const response = await api.server.transportFor(ADMIN).request({ method: 'GET', path, headers });
  return { headers: response.headers, bytes: Buffer.concat(await Array.fromAsync(response.body)) };
}

async function filled(): Promise<TestServer> {
  const api = await startTestServer();
  for (let index = 0; index < COUNT; index++) {
    const name = `c${String(index).padStart(4, '0')}`;
    const annotations = { note: 'a } brace, a " quote, a \\ and ünicode', index: String(index) };
    const metadata = { name, labels: { app: 'x' }, annotations };
    await api.send('POST', CONFIG_MAPS, { metadata, data: { text: 'y'.repeat(600) } });
  }
  return api;
}

interface List {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: Record<string, unknown>;
  readonly items?: readonly unknown[];
  readonly rows?: readonly unknown[];
  readonly columnDefinitions?: unknown;
}

function decoded(bytes: Buffer, type: string): List {
  if (!type.startsWith('application/vnd.kubernetes.protobuf')) return JSON.parse(bytes.toString()) as List;
  const { kind, apiVersion, raw } = decodeEnvelope(bytes);
  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? '' : apiVersion.slice(0, slash);
  const schema = schemaFor({ group, version: apiVersion.slice(slash + 1), kind });
  assert.ok(schema);
  return { kind, apiVersion, ...decodeProtobuf<Omit<List, 'kind' | 'apiVersion'>>(raw, schema) };
}

test('LIST says the same in one piece and in many, in every encoding and view', async () => {
  await using api = await filled();
  for (const accept of [
    'application/json',
    `application/json;${PARTIAL}`,
    'application/json;as=Table;v=v1;g=meta.k8s.io',
    'application/vnd.kubernetes.protobuf',
    `application/vnd.kubernetes.protobuf;${PARTIAL}`,
    'application/yaml',
  ]) {
    const list = async (query: string) => {
      const { bytes, headers } = await fetchBytes(api, CONFIG_MAPS + query, { accept });
      if (accept === 'application/yaml')
        return { kind: '', apiVersion: '', metadata: {}, items: bytes.toString().match(/^- /gm) ?? [] };
      return decoded(bytes, headers['content-type'] ?? '');
    };
    const whole = await list('');
    const parts: List[] = [];
    for (let token = ''; parts.length === 0 || token !== ''; ) {
      const part = await list(`?limit=90${token === '' ? '' : `&continue=${token}`}`);
      if (accept === 'application/yaml') break;
      parts.push(part);
      token = (part.metadata['continue'] as string | undefined) ?? '';
    }
    const things = (list: List) => list.items ?? list.rows ?? [];
    assert.equal(things(whole).length, COUNT, accept);
    if (accept === 'application/yaml') continue;
    assert.deepEqual(things(whole), parts.flatMap(things), accept);
    const [first] = parts;
    assert.deepEqual(
      [whole.kind, whole.apiVersion, whole.columnDefinitions, whole.metadata['resourceVersion']],
      [first?.kind, first?.apiVersion, first?.columnDefinitions, first?.metadata['resourceVersion']],
      accept,
    );
  }
});

const TABLE = 'as=Table;v=v1;g=meta.k8s.io';

test('LIST in parts has the very bytes that it has whole in YAML, CBOR and indented JSON', async () => {
  await using api = await filled();
  for (const view of ['', `;${PARTIAL}`, `;${TABLE}`]) {
    const read = (accept: string, query = '') => fetchBytes(api, CONFIG_MAPS + query, { accept: accept + view });
    const json = (await read('application/json')).bytes.toString();
    const list: unknown = JSON.parse(json);
    assert.equal((await read('application/yaml')).bytes.toString(), toYaml(list), view);
    assert.equal(
      (await read('application/json', '?pretty=1')).bytes.toString(),
      JSON.stringify(list, undefined, 2),
      view,
    );
    assert.deepEqual((await read('application/cbor')).bytes, Buffer.from(encodeCbor(list)), view);
  }
});

test('LIST of another version than the stored one says the same in one piece and in many', async () => {
  await using api = await startTestServer();
  for (let index = 0; index < 120; index++) {
    const spec = { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } };
    const path = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
    await api.send('POST', path, { metadata: { name: `h${String(index).padStart(3, '0')}` }, spec });
  }
  const path = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
  const whole = (await api.send<List>('GET', path)).body;
  const first = (await api.send<List>('GET', `${path}?limit=50`)).body;
  assert.deepEqual(whole.items?.slice(0, 50), first.items);
  assert.deepEqual([whole.apiVersion, whole.items?.length], ['autoscaling/v1', 120]);
});

test('LIST compresses what is large for clients that take gzip, and nothing else', async () => {
  await using api = await filled();
  for (const accept of ['application/json', 'application/vnd.kubernetes.protobuf', `application/json;${PARTIAL}`]) {
    const plain = await fetchBytes(api, CONFIG_MAPS, { accept });
    assert.equal(plain.headers['content-encoding'], undefined);
    const zipped = await fetchBytes(api, CONFIG_MAPS, { accept, 'accept-encoding': 'br, gzip;q=0.5' });
    const large = plain.bytes.length > 128 * 1024;
    assert.equal(zipped.headers['content-encoding'], large ? 'gzip' : undefined, accept);
    assert.equal(zipped.headers['vary'], large ? 'Accept-Encoding' : undefined);
    assert.deepEqual(large ? gunzipSync(zipped.bytes) : zipped.bytes, plain.bytes, accept);
    if (large) assert.ok(zipped.bytes.length < plain.bytes.length / 4);
  }
  const small = await fetchBytes(api, `${CONFIG_MAPS}?limit=10`, { 'accept-encoding': 'gzip' });
  assert.equal(small.headers['content-encoding'], undefined);
  assert.equal((JSON.parse(small.bytes.toString()) as List).items?.length, 10);
});

test('GET compresses a large object for clients that take gzip', async () => {
  await using api = await startTestServer();
  await api.send('POST', CONFIG_MAPS, { metadata: { name: 'large' }, data: { text: 'z'.repeat(200_000) } });
  for (const accept of ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']) {
    const plain = await fetchBytes(api, `${CONFIG_MAPS}/large`, { accept });
    const zipped = await fetchBytes(api, `${CONFIG_MAPS}/large`, { accept, 'accept-encoding': 'gzip' });
    assert.deepEqual(
      [plain.headers['content-encoding'], zipped.headers['content-encoding'], zipped.headers['content-type']],
      [undefined, 'gzip', plain.headers['content-type']],
    );
    assert.deepEqual(gunzipSync(zipped.bytes), plain.bytes);
  }
});

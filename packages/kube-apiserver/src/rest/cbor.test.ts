import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCbor, type KubeObject, parseCbor } from '@steersman/api';
import { ADMIN, startTestServer, type TestServer } from '../test-server.ts';

const CBOR = 'application/cbor';
const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'one' }, data: { a: 'ü' } };

async function ask(api: TestServer, method: string, path: string, body?: unknown, chunks = Number.POSITIVE_INFINITY) {
  const headers = { accept: CBOR, ...(body === undefined ? {} : { 'content-type': CBOR }) };
  const bytes = body instanceof Uint8Array ? body : encodeCbor(body);
  const request = { method, path, headers, ...(body === undefined ? {} : { body: bytes }) };
  const response = await api.server.transportFor(ADMIN).request(request);
  const parts: Uint8Array[] = [];
  for await (const chunk of response.body) if (parts.push(chunk) >= chunks) break;
  return { status: response.status, type: response.headers['content-type'], bytes: Buffer.concat(parts) };
}

test('objects, lists and errors are read and written in CBOR', async () => {
  await using api = await startTestServer();
  const created = await ask(api, 'POST', configMaps, configMap);
  assert.deepEqual([created.status, created.type], [201, CBOR]);
  assert.deepEqual((parseCbor(created.bytes) as typeof configMap).data, { a: 'ü' });
  assert.equal(created.bytes.subarray(0, 3).toString('hex'), 'd9d9f7');
  const list = parseCbor((await ask(api, 'GET', configMaps)).bytes) as { kind: string; items: KubeObject[] };
  assert.deepEqual([list.kind, list.items.map(({ metadata }) => metadata.name)], ['ConfigMapList', ['one']]);
  const refused = await ask(api, 'POST', configMaps, Buffer.from('a1', 'hex'));
  assert.equal(refused.status, 400);
});

test('a CBOR watch is a sequence of events', async () => {
  await using api = await startTestServer();
  await ask(api, 'POST', configMaps, configMap);
  const { type, bytes } = await ask(api, 'GET', `${configMaps}?watch=1`, undefined, 1);
  assert.equal(type, 'application/cbor-seq');
  const event = parseCbor(bytes) as { type: string; object: KubeObject };
  assert.deepEqual([event.type, event.object.kind, event.object.metadata.name], ['ADDED', 'ConfigMap', 'one']);
});

test('server-side apply takes CBOR, with and without the tag that says so', async () => {
  await using api = await startTestServer();
  const path = `${configMaps}/one?fieldManager=me`;
  const headers = { 'content-type': 'application/apply-patch+cbor' };
  const tagged = Buffer.from(encodeCbor(configMap));
  const statuses: number[] = [];
  for (const body of [tagged, tagged.subarray(3)]) {
    const response = await api.server.transportFor(ADMIN).request({ method: 'PATCH', path, headers, body });
    await Array.fromAsync(response.body);
    statuses.push(response.status);
  }
  assert.deepEqual(statuses, [201, 200]);
});

test('errors and the answers to deletes come in CBOR', async () => {
  await using api = await startTestServer();
  await ask(api, 'POST', configMaps, configMap);
  for (const reason of [undefined, 'NotFound']) {
    const { type, bytes } = await ask(api, 'DELETE', `${configMaps}/one`);
    assert.deepEqual([type, (parseCbor(bytes) as { reason?: string }).reason], [CBOR, reason]);
  }
});

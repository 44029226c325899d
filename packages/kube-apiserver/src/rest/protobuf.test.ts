import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeEnvelopedObject,
  decodeProtobuf,
  encodeEnvelope,
  type KubeObject,
  type Status,
  schemaFor,
  schemaOfType,
} from '@steersman/api';
import { ADMIN, startTestServer, type TestServer } from '../test-server.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'one' }, data: { a: 'b' } };

async function bytesOf(api: TestServer, path: string, chunks = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const { body } = await api.server.transportFor(ADMIN).request({ method: 'GET', path, headers: { accept: PROTOBUF } });
  const parts: Uint8Array[] = [];
  for await (const chunk of body) if (parts.push(chunk) >= chunks) break;
  return Buffer.concat(parts);
}

async function createInProtobuf(api: TestServer): Promise<number> {
  const schema = schemaFor({ group: '', version: 'v1', kind: 'ConfigMap' })!;
  const body = encodeEnvelope(configMap, schema);
  const headers = { 'content-type': PROTOBUF };
  return (await api.server.transportFor(ADMIN).request({ method: 'POST', path: configMaps, headers, body })).status;
}

test('objects and lists are read and written in protobuf', async () => {
  await using api = await startTestServer();
  assert.equal(await createInProtobuf(api), 201);
  const one = decodeEnvelopedObject<KubeObject & { data: object }>(await bytesOf(api, `${configMaps}/one`));
  assert.deepEqual([one.kind, one.metadata.name, one.data], ['ConfigMap', 'one', { a: 'b' }]);
  const list = decodeEnvelopedObject<{ kind: string; metadata: { resourceVersion: string }; items: KubeObject[] }>(
    await bytesOf(api, configMaps),
  );
  assert.deepEqual([list.kind, list.items.map(({ metadata }) => metadata.name)], ['ConfigMapList', ['one']]);
  assert.equal(list.metadata.resourceVersion, one.metadata.resourceVersion);
});

test('a protobuf watch frames each event with its length', async () => {
  await using api = await startTestServer();
  await createInProtobuf(api);
  const frames = await bytesOf(api, `${configMaps}?watch=1`, 1);
  assert.equal(frames.readUInt32BE(0), frames.length - 4);
  const schema = schemaOfType('k8s.io/apimachinery/pkg/apis/meta/v1.WatchEvent');
  assert.equal(schema?.kind, 'struct');
  if (schema?.kind !== 'struct') return;
  const event = decodeProtobuf<{ type: string; object: KubeObject }>(frames.subarray(4), schema, (inner) =>
    decodeEnvelopedObject(inner),
  );
  assert.deepEqual([event.type, event.object.metadata.name], ['ADDED', 'one']);
});

test('errors come as a Status in the encoding that was asked for, or in JSON', async () => {
  await using api = await startTestServer();
  const bytes = await bytesOf(api, `${configMaps}/none`);
  const status =
    bytes.subarray(0, 3).toString() === 'k8s'
      ? decodeEnvelopedObject<{ reason: string }>(bytes)
      : (JSON.parse(bytes.toString()) as { reason: string });
  assert.equal(status.reason, 'NotFound');
});

test('deletes take DeleteOptions in the version of any group and answer a Status in protobuf', async () => {
  await using api = await startTestServer();
  const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  const lease = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name: 'one' } };
  assert.equal((await api.send('POST', path, lease)).status, 201);
  const schema = schemaFor({ group: '', version: 'v1', kind: 'DeleteOptions' })!;
  const options = { kind: 'DeleteOptions', apiVersion: 'coordination.k8s.io/v1', propagationPolicy: 'Background' };
  const request = {
    method: 'DELETE',
    path: `${path}/one`,
    headers: { accept: PROTOBUF, 'content-type': PROTOBUF },
    body: encodeEnvelope(options as unknown as KubeObject, schema),
  };
  const answers: unknown[] = [];
  for (const _ of [1, 2]) {
    const { status, headers, body } = await api.server.transportFor(ADMIN).request(request);
    const { kind, reason } = decodeEnvelopedObject<Status>(Buffer.concat(await Array.fromAsync(body)));
    answers.push([status, headers['content-type'], kind, reason]);
  }
  assert.deepEqual(answers, [
    [200, PROTOBUF, 'Status', undefined],
    [404, PROTOBUF, 'Status', 'NotFound'],
  ]);
});

test('an error is told in JSON to those who accept nothing that it could be told in', async () => {
  await using api = await startTestServer();
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const request = { method: 'GET', path: `${configMaps}/nothing`, headers };
  const { status, body } = await api.server.transportFor(ADMIN).request(request);
  const shown = JSON.parse(Buffer.concat(await Array.fromAsync(body)).toString()) as Status;
  assert.deepEqual([status, shown.kind], [404, 'Status']);
});

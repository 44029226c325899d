import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../test-server.ts';

const COLLECTION = '/api/v1/namespaces/default/configmaps';
const configMap = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data });

/** The work of requests so far, as the metrics tell it. */
async function workOf(api: TestServer, verb: string) {
  const text = await api.effects.metrics.expose();
  const count = (what: string) =>
    Number(new RegExp(`^steersman_apiserver_request_${what}_total{verb="${verb}"} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return { decodes: count('decodes'), encodes: count('encodes'), copiedBytes: count('copied_bytes') };
}

test('POST, PUT and PATCH decode one body each and encode no answer; GET copies stored bytes and does neither', async () => {
  await using api = await startTestServer();
  const patch = { 'content-type': 'application/merge-patch+json' };
  const answers = {
    POST: await api.send('POST', COLLECTION, configMap({ a: 'old' })),
    GET: await api.send('GET', `${COLLECTION}/one`),
    PUT: await api.send('PUT', `${COLLECTION}/one`, configMap({ a: 'new' })),
    PATCH: await api.send('PATCH', `${COLLECTION}/one`, { data: { c: 'more' } }, patch),
  };
  for (const [verb, { body }] of Object.entries(answers)) {
    const copiedBytes = Buffer.byteLength(JSON.stringify(body));
    assert.deepEqual(await workOf(api, verb), { decodes: verb === 'GET' ? 0 : 1, encodes: 0, copiedBytes }, verb);
  }
});

test('a GET in another encoding than the stored one encodes once', async () => {
  await using api = await startTestServer();
  await api.send('POST', COLLECTION, configMap({ a: 'b' }));
  await api.send('GET', `${COLLECTION}/one`, undefined, { accept: 'application/yaml' });
  assert.deepEqual(await workOf(api, 'GET'), { decodes: 0, encodes: 1, copiedBytes: 0 });
});

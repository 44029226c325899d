import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, startTestServer, type TestServer } from '../test-server.ts';

const PODS = '/api/v1/namespaces/default/pods';
const LARGE = '9223372036854775807';
const POD = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"terminationGracePeriodSeconds":${LARGE},"nodeName":"n","containers":[{"name":"c","image":"i"}]}}`;

/** The answer's own text: parsing it would lose the digits. */
async function textOf(api: TestServer, method: string, path: string, body?: string, type = 'application/json') {
  const headers = { 'content-type': type };
  const request = { method, path, headers, ...(body === undefined ? {} : { body: Buffer.from(body) }) };
  const response = await api.server.transportFor(ADMIN).request(request);
  const chunks = await Array.fromAsync(response.body);
  return { status: response.status, text: Buffer.concat(chunks).toString() };
}
const EXACT = new RegExp(`"terminationGracePeriodSeconds":${LARGE}[,}]`);

test('integers of 64 bits go through create, patch, apply, list and delete digit for digit', async () => {
  await using api = await startTestServer();
  const created = await textOf(api, 'POST', PODS, POD);
  assert.equal(created.status, 201);
  assert.match(created.text, EXACT);
  const labels = '{"metadata":{"labels":{"a":"b"}}}';
  assert.match((await textOf(api, 'PATCH', `${PODS}/p`, labels, 'application/merge-patch+json')).text, EXACT);
  const applied = await textOf(
    api,
    'PATCH',
    `${PODS}/q?fieldManager=m`,
    POD.replace('"p"', '"q"'),
    'application/apply-patch+yaml',
  );
  assert.equal(applied.status, 201);
  assert.match(applied.text, EXACT);
  assert.equal((await textOf(api, 'GET', PODS)).text.match(new RegExp(EXACT, 'g'))?.length, 2);
  const deleted = await textOf(api, 'DELETE', `${PODS}/p`);
  assert.equal(deleted.status, 200);
  assert.equal((await textOf(api, 'DELETE', `${PODS}/q`, `{"gracePeriodSeconds":${LARGE}}`)).status, 200);
});

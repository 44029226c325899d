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

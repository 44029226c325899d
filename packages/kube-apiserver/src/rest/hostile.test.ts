/** What a hostile client can send in one request: each is answered with a 4xx Status, or done, and the server lives on. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Status } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

const api = await startTestServer();
after(() => api[Symbol.asyncDispose]());

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const JSON_TYPE = { 'content-type': 'application/json' };
const YAML = { 'content-type': 'application/yaml' };
const patchOf = (type: string) => ({ 'content-type': `application/${type}` });
const configMap = (rest: string) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},${rest}}`;
const DEEP = 20_000;
const bomb = [
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\na: &a [x,x,x,x,x,x,x,x,x,x]',
  ...[...'bcdefghi'].map(
    (key, index) => `${key}: &${key} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[index]}`).join(',')}]`,
  ),
].join('\n');
const limits = (cpu: string) =>
  `{"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"x"},"spec":{"limits":[{"type":"Container","max":{"cpu":${cpu}}}]}}`;
const operations = (count: number, operation: object) => JSON.stringify(Array.from({ length: count }, () => operation));

await api.send('POST', CONFIG_MAPS, {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'there' },
  data: { a: '1' },
});

type Case = readonly [
  what: string,
  method: string,
  path: string,
  body: string,
  headers: Record<string, string>,
  code: number,
  message?: RegExp,
];
const cases: readonly Case[] = [
  [
    'lists nested deeply',
    'POST',
    CONFIG_MAPS,
    configMap(`"data":${'['.repeat(DEEP)}${']'.repeat(DEEP)}`),
    JSON_TYPE,
    400,
  ],
  [
    'unknown objects nested deeply',
    'POST',
    CONFIG_MAPS,
    configMap(`"foo":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`),
    JSON_TYPE,
    400,
  ],
  ['YAML nested deeply', 'POST', CONFIG_MAPS, `data: ${'['.repeat(DEEP)}${']'.repeat(DEEP)}`, YAML, 400],
  ['an alias bomb', 'POST', CONFIG_MAPS, bomb, YAML, 400, /excessive aliasing/],
  [
    'a merge patch nested deeply',
    'PATCH',
    `${CONFIG_MAPS}/there`,
    `${'{"data":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
    patchOf('merge-patch+json'),
    400,
  ],
  [
    'a strategic patch nested deeply',
    'PATCH',
    `${CONFIG_MAPS}/there`,
    `${'{"data":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
    patchOf('strategic-merge-patch+json'),
    400,
  ],
  [
    'a merge patch nested deeply that nobody is to check',
    'PATCH',
    `${CONFIG_MAPS}/there?fieldValidation=Ignore`,
    `${'{"data":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
    patchOf('merge-patch+json'),
    400,
    /^error decoding patch: exceeded max depth$/,
  ],
  [
    'a JSON patch nested deeply',
    'PATCH',
    `${CONFIG_MAPS}/there`,
    `[{"op":"add","path":"/data","value":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}]`,
    patchOf('json-patch+json'),
    400,
  ],
  [
    'an apply nested deeply',
    'PATCH',
    `${CONFIG_MAPS}/there?fieldManager=me`,
    `${'{"data":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
    patchOf('apply-patch+yaml'),
    400,
  ],
  [
    'an alias bomb that is applied',
    'PATCH',
    `${CONFIG_MAPS}/there?fieldManager=me`,
    bomb,
    patchOf('apply-patch+yaml'),
    400,
    /excessive aliasing/,
  ],
  [
    'ten thousand and one operations',
    'PATCH',
    `${CONFIG_MAPS}/there`,
    operations(10_001, { op: 'test', path: '/data/a', value: '1' }),
    patchOf('json-patch+json'),
    413,
    /^Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001$|^The allowed maximum operations in a JSON patch is 10000, got 10001$/,
  ],
  [
    'operations that copy without end',
    'PATCH',
    `${CONFIG_MAPS}/there`,
    JSON.stringify(Array.from({ length: 60 }, (_, at) => ({ op: 'copy', from: '', path: `/k${at}` }))),
    patchOf('json-patch+json'),
    422,
  ],
  [
    'a quantity of a hundred thousand digits',
    'POST',
    '/api/v1/namespaces/default/limitranges',
    limits(`"${'9'.repeat(100_000)}"`),
    JSON_TYPE,
    400,
  ],
  [
    'a quantity that is a number with a giant exponent',
    'POST',
    '/api/v1/namespaces/default/limitranges',
    limits('1e1000000'),
    JSON_TYPE,
    400,
  ],
  ['a number beyond all integers', 'POST', DEPLOYMENTS, `{"spec":{"replicas":${'9'.repeat(1000)}}}`, JSON_TYPE, 400],
  ['bytes that are no UTF-8', 'POST', CONFIG_MAPS, '', JSON_TYPE, 400],
  ['a body that is no object', 'POST', CONFIG_MAPS, '[]', JSON_TYPE, 400],
  ['no body', 'POST', CONFIG_MAPS, '', JSON_TYPE, 400],
  ['a type of body that nobody knows', 'POST', CONFIG_MAPS, '{}', { 'content-type': 'text/html' }, 415],
  ['a selector that is not one', 'GET', `${CONFIG_MAPS}?labelSelector=${'('.repeat(5000)}`, '', {}, 400],
  ['a field that cannot be selected', 'GET', `${CONFIG_MAPS}?fieldSelector=${'a'.repeat(5000)}%3Db`, '', {}, 400],
  ['a token to continue that is garbage', 'GET', `${CONFIG_MAPS}?limit=1&continue=${'A'.repeat(5000)}`, '', {}, 400],
  ['a limit that is no number', 'GET', `${CONFIG_MAPS}?limit=1e9`, '', {}, 400],
  ['a version that is no number', 'GET', `${CONFIG_MAPS}?resourceVersion=-1`, '', {}, 422],
  ['an encoded slash in a name', 'GET', `${CONFIG_MAPS}/..%2f..%2fsecrets`, '', {}, 404],
  ['dots for a name', 'POST', CONFIG_MAPS, '{"metadata":{"name":".."}}', JSON_TYPE, 422],
  ['a NUL in a name', 'POST', CONFIG_MAPS, '{"metadata":{"name":"a\\u0000b"}}', JSON_TYPE, 422],
  [
    'an annotation that is too large',
    'POST',
    CONFIG_MAPS,
    `{"metadata":{"name":"x","annotations":{"a":"${'x'.repeat(300_000)}"}}}`,
    JSON_TYPE,
    422,
  ],
];
for (const [what, method, path, body, headers, code, message = /./] of cases) {
  test(`${method} answers ${what} with ${code}`, async () => {
    const answer = await api.send<Status>(method, path, body === '' ? undefined : body, headers);
    assert.equal(answer.status, code, String(answer.body.message).slice(0, 300));
    assert.equal(answer.body.kind, 'Status');
    assert.match(answer.body.message ?? '', message);
    assert.equal((await api.send('GET', `${CONFIG_MAPS}/there`)).status, 200, 'the server lives on');
  });
}

test('selectors with thousands of terms are matched with work that grows with them', async () => {
  const terms = Array.from({ length: 5_000 }, (_, at) => `k${at}!=v`).join(',');
  const answer = await api.send<{ items: unknown[] }>(
    'GET',
    `${CONFIG_MAPS}?labelSelector=${encodeURIComponent(terms)}`,
  );
  assert.equal(answer.status, 200);
  assert.ok(answer.body.items.length > 0);
});

test('a quantity beyond all others is cut to one that costs nothing', async () => {
  const answer = await api.send<{ spec: { limits: { max: { cpu: string } }[] } }>(
    'POST',
    '/api/v1/namespaces/default/limitranges',
    limits('"1e1000000"'),
  );
  assert.equal(answer.status, 201);
  assert.ok((answer.body.spec.limits[0]?.max.cpu ?? '').length < 32);
});

test('keys that JavaScript treats specially are data like any other', async () => {
  const data = '{"__proto__":"1","constructor":"2","hasOwnProperty":"3","toString":"4"}';
  const sent = `{"metadata":{"name":"keys","labels":{"constructor":"a"}},"data":${data},"__proto__":{"polluted":1}}`;
  assert.equal((await api.send('POST', CONFIG_MAPS, sent)).status, 201);
  const { body } = await api.send<{ data: object; metadata: { labels: object } }>('GET', `${CONFIG_MAPS}/keys`);
  assert.equal(JSON.stringify(body.data), data);
  assert.deepEqual(body.metadata.labels, { constructor: 'a' });
  const patched = await api.send<{ data: object }>(
    'PATCH',
    `${CONFIG_MAPS}/keys?fieldManager=me&force=true`,
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"keys"},"data":{"__proto__":"5"}}',
    patchOf('apply-patch+yaml'),
  );
  assert.equal(JSON.stringify(patched.body.data), data.replace('"1"', '"5"'));
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test('YAML that is read in another thread is treated as any other', async () => {
  const filler = `  long: ${'x'.repeat(300_000)}\n`;
  const sent = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: long}\ndata:\n  __proto__: "1"\n${filler}`;
  assert.equal((await api.send('POST', CONFIG_MAPS, sent, YAML)).status, 201);
  const { body } = await api.send<{ data: object }>('GET', `${CONFIG_MAPS}/long`);
  assert.deepEqual(
    Object.entries(body.data).map(([key]) => key),
    ['__proto__', 'long'],
  );
  const applied = await api.send<{ data: object }>(
    'PATCH',
    `${CONFIG_MAPS}/long-too?fieldManager=me`,
    sent.replace('name: long', 'name: long-too'),
    patchOf('apply-patch+yaml'),
  );
  assert.deepEqual([applied.status, Object.keys(applied.body.data)], [201, ['__proto__', 'long']]);
  const twice = await api.send<Status>('POST', `${CONFIG_MAPS}?fieldValidation=Strict`, `${sent}  long: again\n`, YAML);
  assert.match(twice.body.message ?? '', /line 7: key "long" already set in map/);
  const large = `${bomb}\n# ${'x'.repeat(300_000)}`;
  assert.match((await api.send<Status>('POST', CONFIG_MAPS, large, YAML)).body.message ?? '', /excessive aliasing/);
  const secret = await api.send<Status>('POST', CONFIG_MAPS, sent.replace('ConfigMap', 'Secret'), YAML);
  assert.match(secret.body.message ?? '', /^Secret in version "v1" cannot be handled as a ConfigMap: /);
});

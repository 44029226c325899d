/** Queries, methods and paths that are not as they should be, answered as upstream answers them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Status } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

const api = await startTestServer();
after(() => api[Symbol.asyncDispose]());
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
await api.send('POST', CONFIG_MAPS, { metadata: { name: 'there' } });
await api.send('POST', '/api/v1/namespaces/default/pods', {
  metadata: { name: 'slow' },
  spec: { nodeName: 'n1', containers: [{ name: 'a', image: 'b' }] },
});

const noVersion = 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax';
const queries: readonly (readonly [query: string, code: number, message: string])[] = [
  ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['limit=', 400, 'strconv.ParseInt: parsing "": invalid syntax'],
  ['limit=9223372036854775808', 400, 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
  ['timeoutSeconds=1.5&limit=x', 400, 'strconv.ParseInt: parsing "1.5": invalid syntax'],
  ['limit=x&labelSelector=%21%21', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['resourceVersion=abc', 422, noVersion],
  ['resourceVersion=abc&watch=1', 422, noVersion],
  ['resourceVersion=abc&limit=1', 400, `invalid resource version: ${noVersion}`],
  ['resourceVersion=abc&resourceVersionMatch=Exact', 400, `invalid resource version: ${noVersion}`],
  [
    'resourceVersion=18446744073709551616',
    422,
    'resourceVersion: Invalid value: "18446744073709551616": strconv.ParseUint: parsing "18446744073709551616": value out of range',
  ],
  ['fieldSelector=foo%3Dbar', 400, '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"'],
];
for (const [query, code, message] of queries) {
  test(`GET ?${query} is answered with ${code}`, async () => {
    const { status, body } = await api.send<Status>('GET', `${CONFIG_MAPS}?${query}`);
    assert.deepEqual([status, body.message], [code, message]);
  });
}

test('parameters that nobody knows are let through', async () => {
  assert.equal((await api.send('GET', `${CONFIG_MAPS}?foo=bar&%zz`)).status, 200);
});

test('DELETE with options in the query that are no numbers deletes nothing', async () => {
  const { body } = await api.send<Status>('DELETE', `${CONFIG_MAPS}/there?gracePeriodSeconds=x`);
  assert.equal(body.message, 'strconv.ParseInt: parsing "x": invalid syntax');
  assert.equal((await api.send('GET', `${CONFIG_MAPS}/there`)).status, 200);
});

const NOT_ALLOWED = 'the server does not allow this method on the requested resource';
for (const [method, path] of [
  ['OPTIONS', CONFIG_MAPS],
  ['TRACE', `${CONFIG_MAPS}/there`],
  ['PUT', CONFIG_MAPS],
  ['PATCH', CONFIG_MAPS],
  ['POST', `${CONFIG_MAPS}/there`],
  ['POST', '/api/v1/configmaps'],
  ['DELETE', '/api/v1/namespaces'],
  ['DELETE', '/api/v1/namespaces/default/pods/x/status'],
  ['POST', '/apis/apps'],
  ['POST', '/api/v1'],
  ['POST', '/version'],
] as const) {
  test(`${method} ${path} is not allowed`, async () => {
    const { status, body } = await api.send<Status>(method, path, method === 'POST' ? {} : undefined);
    assert.deepEqual([status, body.reason, body.message], [405, 'MethodNotAllowed', NOT_ALLOWED]);
  });
}

test('HEAD has no routes to objects, as upstream', async () => {
  assert.equal((await api.send('HEAD', CONFIG_MAPS)).status, 405);
});

for (const [path, status] of [
  [`${CONFIG_MAPS}/`, 200],
  [`${CONFIG_MAPS}/%74here`, 200],
  ['/api/v1/namespaces/def%61ult/config%6daps/there', 200],
  [`${CONFIG_MAPS}/there%2fdata`, 404],
  ['/api/v1//namespaces', 404],
  ['/index.html', 200],
] as const) {
  test(`GET ${path} is answered with ${status}`, async () => {
    const answer = await api.send<Status>('GET', path);
    assert.equal(answer.status, status);
    if (status === 404) assert.equal(answer.body.message, 'the server could not find the requested resource');
  });
}
for (const path of [
  '//api/v1',
  '/api//v1/namespaces',
  '/apis/Apps/v1/deployments',
  '/apis/foo',
  '/api/v2/pods',
  '/foo',
  '/debug/pprof/heap',
]) {
  test(`GET ${path} is no path at all`, async () => {
    assert.deepEqual((await api.send('GET', path)).body, '404 page not found\n');
  });
}

test('a path with a broken escape is no request', async () => {
  const { status, body } = await api.send('GET', `${CONFIG_MAPS}/%zz`);
  assert.deepEqual([status, body as unknown], [400, '400 Bad Request']);
});

const SCHEME = 'pkg/apis/meta/internalversion/scheme/register.go:27';
for (const [body, code, message] of [
  ['garbage', 400, "couldn't get version/kind; json parse error: invalid character 'g' looking for beginning of value"],
  [{ kind: 'Pod', apiVersion: 'v1' }, 400, `no kind "Pod" is registered for version "v1" in scheme "${SCHEME}"`],
  [
    { gracePeriodSeconds: 'x' },
    400,
    'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
  ],
  [
    { preconditions: { resourceVersion: 'x' } },
    409,
    /^Operation cannot be fulfilled on ConfigMap "there": the ResourceVersion in the precondition \(x\) does not match the ResourceVersion in record \(\d+\)\. The object might have been modified$/,
  ],
  [
    { preconditions: { uid: 'x' } },
    409,
    /^Operation cannot be fulfilled on ConfigMap "there": the UID in the precondition \(x\) does not match the UID in record \([-0-9a-f]+\)\. The object might have been deleted and then recreated$/,
  ],
] as const) {
  test(`DELETE with ${JSON.stringify(body)} is answered with ${code} in upstream's words`, async () => {
    const answer = await api.send<Status>('DELETE', `${CONFIG_MAPS}/there`, body);
    assert.equal(answer.status, code);
    if (typeof message === 'string') assert.equal(answer.body.message, message);
    else assert.match(answer.body.message ?? '', message);
  });
}

test('DELETE takes a grace period below zero for a second', async () => {
  const { body } = await api.send<{ metadata: { deletionGracePeriodSeconds?: number } }>(
    'DELETE',
    '/api/v1/namespaces/default/pods/slow',
    { gracePeriodSeconds: -5 },
  );
  assert.equal(body.metadata.deletionGracePeriodSeconds, 1);
});

const FAR_AWAY = '2020-01-01T00:00:00Z';
for (const [change, code, message] of [
  [{ creationTimestamp: FAR_AWAY }, 200, undefined],
  [{ generation: 7, selfLink: 'x' }, 200, undefined],
  [
    { deletionTimestamp: FAR_AWAY },
    422,
    `metadata.deletionTimestamp: Invalid value: "${FAR_AWAY}": field is immutable`,
  ],
  [{ deletionGracePeriodSeconds: 9 }, 422, 'metadata.deletionGracePeriodSeconds: Invalid value: 9: field is immutable'],
] as const) {
  test(`PATCH of metadata with ${JSON.stringify(change)} is answered with ${code}`, async () => {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const before = await api.send<{ metadata: object }>('GET', `${CONFIG_MAPS}/there`);
    const answer = await api.send<Status>('PATCH', `${CONFIG_MAPS}/there`, { metadata: change }, headers);
    assert.equal(answer.status, code);
    if (message !== undefined) assert.equal(answer.body.message, `ConfigMap "there" is invalid: ${message}`);
    assert.deepEqual((await api.send<{ metadata: object }>('GET', `${CONFIG_MAPS}/there`)).body, before.body);
  });
}

test('an update takes nothing of an ongoing deletion back, and may not make it shorter', async () => {
  const path = `${CONFIG_MAPS}/held`;
  const headers = { 'content-type': 'application/merge-patch+json' };
  const patch = (metadata: object) => api.send<Status>('PATCH', path, { metadata }, headers);
  await api.send('POST', CONFIG_MAPS, {
    metadata: { name: 'held', finalizers: ['a.b/c'], deletionTimestamp: FAR_AWAY, deletionGracePeriodSeconds: 5 },
  });
  await api.send('DELETE', path);
  const before = (await api.send('GET', path)).body;
  assert.doesNotMatch(JSON.stringify(before), /f:deletion/);
  assert.equal((await patch({ deletionTimestamp: null, deletionGracePeriodSeconds: null })).status, 200);
  assert.equal((await patch({ deletionGracePeriodSeconds: 3 })).status, 422);
  assert.deepEqual((await api.send('GET', path)).body, before);
});

for (const [timeout, message] of [
  ['abc', 'time: invalid duration "abc"'],
  ['5', 'time: missing unit in duration "5"'],
  ['5x', 'time: unknown unit "x" in duration "5x"'],
] as const) {
  test(`a request with timeout=${timeout} is refused before anybody asks who sends it`, async () => {
    const { status, body } = await api.send<Status>('GET', `/version?timeout=${timeout}`);
    assert.deepEqual([status, body.message], [400, `invalid timeout specified in the request URL - ${message}`]);
    assert.equal((await api.send('GET', '/version?timeout=0')).status, 200);
  });
}

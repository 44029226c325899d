import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@steersman/client';
import { fakeClock } from '@steersman/machinery';
import { accessesOf, delegatedAccess } from './access.ts';

function setUp() {
  const requests: { readonly path: string; readonly body: unknown }[] = [];
  const json = async (_method: string, path: string, body: { spec: { token?: string; user?: string } }) => {
    requests.push({ path, body });
    if (path.endsWith('tokenreviews')) {
      const known = body.spec.token === 'good';
      return { status: known ? { authenticated: true, user: { username: 'robot', groups: ['g'] } } : {} };
    }
    return { status: { allowed: body.spec.user === 'robot' } };
  };
  const clock = fakeClock();
  const access = delegatedAccess({ client: { json } as unknown as Client, nodeName: 'n1', clock });
  return { access, requests, clock };
}

test('delegatedAccess() reviews tokens and remembers the answer for two minutes', async () => {
  const { access, requests, clock } = setUp();
  const user = { name: 'robot', groups: ['g'] };
  assert.deepEqual(await access.authenticate({ bearerToken: 'good' }), user);
  assert.deepEqual(await access.authenticate({ bearerToken: 'good' }), user);
  assert.equal(requests.length, 1);
  await clock.advance(120_000);
  await access.authenticate({ bearerToken: 'good' });
  assert.equal(requests.length, 2);
  assert.equal(await access.authenticate({ bearerToken: 'bad' }), undefined);
  assert.equal(await access.authenticate({}), undefined);
});

test('delegatedAccess() asks about the subresource of its own node', async () => {
  const { access, requests } = setUp();
  const wanted = { verb: 'get', subresource: 'metrics', path: '/metrics' };
  assert.equal(await access.authorize({ name: 'robot', groups: [] }, wanted), true);
  assert.equal(await access.authorize({ name: 'stranger', groups: [] }, wanted), false);
  const { spec } = requests[0]!.body as { spec: { resourceAttributes: unknown } };
  const expected = { verb: 'get', version: 'v1', resource: 'nodes', subresource: 'metrics', name: 'n1' };
  assert.deepEqual(spec.resourceAttributes, expected);
});

test('delegatedAccess() takes the user and groups of a client certificate', async () => {
  const { access } = setUp();
  const certificate = { commonName: 'kube-apiserver', organizations: ['system:masters'] };
  assert.deepEqual(await access.authenticate({ certificate }), {
    name: 'kube-apiserver',
    groups: ['system:masters', 'system:authenticated'],
  });
});

test('accessesOf() maps methods and paths to verbs and node subresources', () => {
  const shown = (method: string, path: string) =>
    accessesOf(method, path).map(({ verb, subresource }) => `${verb} ${subresource}`);
  assert.deepEqual(shown('GET', '/metrics/cadvisor'), ['get metrics']);
  assert.deepEqual(shown('GET', '/logs/syslog'), ['get log']);
  assert.deepEqual(shown('GET', '/metricsfoo'), ['get proxy']);
  assert.deepEqual(shown('POST', '/exec/ns/pod/c'), ['create proxy']);
  assert.deepEqual(shown('GET', '/containerLogs/ns/pod/c'), ['get proxy']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '../test-server.ts';

interface Shown {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec: { readonly holderIdentity: string };
  readonly message: string;
  readonly reason: string;
}
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'one' }, spec: {} };
const headers = (type: string) => ({ 'content-type': `application/${type}+json` });

test('PATCH needs no resourceVersion for kinds whose updates need one, and honours one that it names', async () => {
  await using api = await startTestServer();
  const made = await api.send<Shown>('POST', leases, lease);
  const spec = { holderIdentity: 'me' };
  const patched = await api.send<Shown>('PATCH', `${leases}/one`, { spec }, headers('merge-patch'));
  assert.deepEqual([patched.status, patched.body.spec.holderIdentity], [200, 'me']);
  const { resourceVersion } = made.body.metadata;
  const stale = { metadata: { resourceVersion }, spec };
  assert.equal((await api.send('PATCH', `${leases}/one`, stale, headers('strategic-merge-patch'))).status, 409);
  const tests = [{ op: 'test', path: '/metadata/resourceVersion', value: patched.body.metadata.resourceVersion }];
  assert.equal((await api.send('PATCH', `${leases}/one`, tests, headers('json-patch'))).status, 200);
});

test('PATCH with fieldValidation=Strict names duplicate and unknown fields as upstream does', async () => {
  await using api = await startTestServer();
  await api.send('POST', leases, lease);
  const text = '{"spec":{"leaseTransitions":1,"leaseTransitions":2,"unknown":1}}';
  const path = `${leases}/one?fieldValidation=Strict`;
  const refused = await api.send<Shown>('PATCH', path, text, headers('merge-patch'));
  assert.deepEqual([refused.status, refused.body.reason], [422, 'Invalid']);
  assert.match(refused.body.message, /^ "" is invalid: patch: Invalid value: /);
  assert.match(
    refused.body.message,
    /: strict decoding error: duplicate field "spec.leaseTransitions", unknown field "spec.unknown"$/,
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SelfSubjectReview, Status } from '@steersman/api';
import { startTestServer, type TestServer } from '../test-server.ts';

const REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
const ANN = { name: 'ann', groups: ['dev'] };

async function actAs(api: TestServer, headers: Record<string, string>) {
  const { body } = await api.send<SelfSubjectReview>('POST', REVIEWS, REVIEW, headers);
  return body.status?.userInfo;
}

test('impersonateStage gives the groups that belong to who is acted as', async () => {
  await using api = await startTestServer({
    extensions: { postStartHooks: () => [] },
    authorizationModes: ['AlwaysAllow'],
  });
  const groups = async (headers: Record<string, string>) => (await actAs(api, headers))?.groups;
  assert.deepEqual(await groups({ 'impersonate-user': 'bob' }), ['system:authenticated']);
  assert.deepEqual(await groups({ 'impersonate-user': 'bob', 'impersonate-group': 'system:unauthenticated' }), [
    'system:unauthenticated',
  ]);
  assert.deepEqual(await groups({ 'impersonate-user': 'system:anonymous', 'impersonate-group': 'x' }), [
    'x',
    'system:unauthenticated',
  ]);
  assert.deepEqual(await groups({ 'impersonate-user': 'system:serviceaccount:ns:sa' }), [
    'system:serviceaccounts',
    'system:serviceaccounts:ns',
    'system:authenticated',
  ]);
  const extra = await actAs(api, { 'impersonate-user': 'bob', 'impersonate-extra-example.com%2fscopes': 'view' });
  assert.deepEqual(extra?.extra, { 'example.com/scopes': ['view'] });
});

test('impersonateStage refuses who may not, and headers without a user', async () => {
  await using api = await startTestServer({ extensions: { postStartHooks: () => [] } });
  const headers = { 'impersonate-user': 'system:serviceaccount:ns:sa' };
  const refused = await api.send<Status>('POST', REVIEWS, REVIEW, headers, ANN);
  assert.equal(refused.status, 403);
  assert.equal(
    refused.body.message,
    'serviceaccounts "sa" is forbidden: User "ann" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "ns"',
  );
  assert.equal((await api.send('POST', REVIEWS, REVIEW, { 'impersonate-extra-scopes': 'x' })).status, 400);
});

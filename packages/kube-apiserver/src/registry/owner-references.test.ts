import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigMap } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

const path = '/api/v1/namespaces/default/configmaps';
const owner = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' };
const configMap = (...ownerReferences: readonly object[]) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'one', ownerReferences },
});
const text = (after: string) =>
  `.metadata.ownerReferences contains duplicate entries${after}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u`;

test('dedupOwnerReferences() keeps each owner once, and warns, on create, update and patch', async () => {
  await using api = await startTestServer();
  const told = async (method: string, at: string, body: object, after = '', headers = {}) => {
    const answer = await api.send<ConfigMap>(method, at, body, headers);
    assert.equal(answer.body.metadata.ownerReferences?.length, 2, method);
    assert.match(String(answer.headers['warning']), new RegExp(RegExp.escape(text(after))));
  };
  const controller = { ...owner, controller: true };
  await told('POST', path, configMap(owner, controller, owner));
  await told('PUT', `${path}/one`, configMap(owner, controller, owner));
  const patch = [{ op: 'add', path: '/metadata/ownerReferences/-', value: owner }];
  const type = { 'content-type': 'application/json-patch+json' };
  await told('PATCH', `${path}/one`, patch, ' after mutating admission happens', type);
});

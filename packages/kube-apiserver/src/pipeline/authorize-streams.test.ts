import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '@steersman/api';
import { featureGatesOf } from '@steersman/server';
import type { ApiServerOptions } from '../server-options.ts';
import { startTestServer } from '../test-server.ts';

const BOB = { name: 'bob', groups: [] };

async function statusesWith(verbs: string[], options: Partial<ApiServerOptions> = {}) {
  await using api = await startTestServer(options);
  const roles = '/apis/rbac.authorization.k8s.io/v1';
  const resources = ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/log'];
  await api.send('POST', `${roles}/clusterroles`, {
    metadata: { name: 'r' },
    rules: [{ apiGroups: [''], resources, verbs }],
  });
  await api.send('POST', `${roles}/clusterrolebindings`, {
    metadata: { name: 'b' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' },
    subjects: [{ kind: 'User', name: 'bob', apiGroup: 'rbac.authorization.k8s.io' }],
  });
  const statuses: string[] = [];
  for (const subresource of ['exec', 'attach', 'portforward', 'log']) {
    const path = `/api/v1/namespaces/default/pods/p/${subresource}`;
    const { status, body } = await api.send<Status>('GET', path, undefined, {}, BOB);
    statuses.push(status === 403 ? `${body.message}` : 'through');
  }
  return statuses;
}

test('GET of exec, attach and portforward takes the right to create as well', async () => {
  const refused = 'pods "p" is forbidden: ';
  assert.deepEqual(await statusesWith(['get']), [refused, refused, refused, 'through']);
  assert.deepEqual(await statusesWith(['get', 'create']), ['through', 'through', 'through', 'through']);
});

test('GET of exec takes the right to get alone where the gate is off', async () => {
  const off = featureGatesOf(new Map([['AuthorizePodWebsocketUpgradeCreatePermission', 'false']]));
  assert.deepEqual(await statusesWith(['get'], { featureGates: off }), ['through', 'through', 'through', 'through']);
});

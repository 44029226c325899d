import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status, V1alpha1StorageVersion } from '@steersman/api';
import { featureGatesOf } from '@steersman/server';
import { serverIdOf } from '../peers/identity.ts';
import { startTestServer, type TestServer } from '../test-server.ts';

const ALPHA = '/apis/internal.apiserver.k8s.io/v1alpha1/storageversions';
const gates = featureGatesOf(new Map([['StorageVersionAPI', 'true']]));
const runtimeConfig = new Map([['internal.apiserver.k8s.io/v1alpha1', 'true']]);
const HERE = serverIdOf('localhost');

async function until(api: TestServer, promise: Promise<unknown>): Promise<void> {
  let done = false;
  promise.finally(() => (done = true)).catch(() => undefined);
  for (let rounds = 0; !done && rounds < 200; rounds++) {
    await api.effects.clock.advance(100);
    await api.effects.clock.settle();
  }
  await promise;
}

test('storageVersionRegistration() publishes the versions of every kind that is kept before anything is written', async () => {
  await using api = await startTestServer({ extensions: {}, featureGates: gates, runtimeConfig });
  await until(api, api.server.ready);
  const { items } = (await api.send<{ items: V1alpha1StorageVersion[] }>('GET', ALPHA)).body;
  const entry = (name: string) => items.find(({ metadata }) => metadata.name === name)?.status?.storageVersions?.[0];
  assert.deepEqual(entry('apps.deployments'), {
    apiServerID: HERE,
    encodingVersion: 'apps/v1',
    decodableVersions: ['apps/v1', 'apps/v1beta2', 'apps/v1beta1'],
    servedVersions: ['apps/v1'],
  });
  assert.deepEqual(entry('core.events'), {
    apiServerID: HERE,
    encodingVersion: 'v1',
    decodableVersions: ['v1', 'events.k8s.io/v1'],
    servedVersions: ['v1'],
  });
  assert.deepEqual(entry('autoscaling.horizontalpodautoscalers')?.servedVersions, ['autoscaling/v2', 'autoscaling/v1']);
  assert.equal(entry('authentication.k8s.io.tokenreviews'), undefined);
  const pods = items.find(({ metadata }) => metadata.name === 'core.pods');
  assert.equal(pods?.status?.commonEncodingVersion, 'v1');
  assert.equal(pods?.status?.conditions?.[0]?.status, 'True');
  const table = await api.send<{ rows: { cells: string[] }[] }>('GET', `${ALPHA}/core.pods`, undefined, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  });
  assert.deepEqual(table.body.rows[0]?.cells.slice(0, 3), ['core.pods', 'v1', `${HERE}=v1`]);
});

test('storageVersionRegistration() refuses writes until then, but not reads and not what it needs itself', async () => {
  // Without the API nothing can ever be published.
  await using api = await startTestServer({ featureGates: gates });
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } };
  const refused = await api.send<Status>('POST', '/api/v1/namespaces/default/configmaps', map);
  assert.deepEqual(
    [refused.status, refused.body.reason, refused.body.message],
    [
      503,
      'ServiceUnavailable',
      'wait for storage version registration to complete for resource: configmaps, last seen error: <nil>',
    ],
  );
  const deployment = await api.send<Status>('DELETE', '/apis/apps/v1/namespaces/default/deployments/one');
  assert.match(deployment.body.message ?? '', /for resource: deployments\.apps, /);
  assert.equal((await api.send('GET', '/api/v1/namespaces/default/configmaps')).status, 200);
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectReview' };
  assert.notEqual((await api.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', review)).status, 503);
  const lease = { metadata: { name: 'mine' }, spec: {} };
  const leases = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  assert.equal((await api.send('POST', leases('kube-system'), lease)).status, 201);
  assert.equal((await api.send('POST', leases('default'), lease)).status, 503);
});

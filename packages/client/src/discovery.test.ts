import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeEffects } from '@steersman/machinery';
import { createClient } from './client.ts';
import { discoverResources } from './discovery.ts';
import { createFakeApi } from './fake/fake-api.ts';

test('discoverResources() finds each resource once, with its verbs', async () => {
  const client = createClient(createFakeApi({ effects: fakeEffects() }).transport);
  const { resources, failed } = await discoverResources(client);
  const deployments = resources.filter(({ plural }) => plural === 'deployments');
  assert.deepEqual(
    deployments.map(({ group, version, kind, namespaced }) => [group, version, kind, namespaced]),
    [['apps', 'v1', 'Deployment', true]],
  );
  assert.equal(deployments[0]?.verbs.includes('watch'), true);
  assert.deepEqual(failed, []);
});

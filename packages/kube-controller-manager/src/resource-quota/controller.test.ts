import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources } from '@steersman/api';
import { startFakeCluster } from '../fake/cluster.ts';
import { resourceQuotaController, resourcesOf } from './controller.ts';

const KEY = { namespace: 'default', name: 'q' };
const hard = { pods: '3', 'requests.cpu': '2', 'count/deployments.apps': '5', secrets: '9', 'example.com/gpu': '1' };
const quota = { metadata: KEY, spec: { hard } };
const pod = (name: string) => ({
  metadata: { namespace: 'default', name },
  spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '300m' } } }] },
});

test('resourcesOf() names each counted resource once', () => {
  assert.deepEqual(
    resourcesOf(quota)
      .map(({ group, version, plural }) => `${group}/${version}/${plural}`)
      .toSorted(),
    ['/v1/pods', '/v1/secrets', 'apps/v1/deployments'],
  );
});

test('resourceQuotaController counts what is there, and forgives what goes', async () => {
  const cluster = await startFakeCluster({ controllers: [resourceQuotaController] });
  const quotas = cluster.client.resource(Resources.resourceQuotas);
  const pods = cluster.client.resource(Resources.pods);
  await pods.create(pod('a'));
  await pods.create(pod('b'));
  await quotas.create(quota);
  await cluster.advance(1000);
  const first = (await quotas.get(KEY)).status;
  assert.deepEqual(first?.hard, hard);
  const rest = { 'count/deployments.apps': '0', secrets: '0', 'example.com/gpu': '0' };
  assert.deepEqual(first?.used, { ...rest, pods: '2', 'requests.cpu': '600m' });
  await pods.delete({ namespace: 'default', name: 'a' }, { gracePeriodSeconds: 0 });
  await cluster.advance(1000);
  assert.deepEqual((await quotas.get(KEY)).status?.used, { ...rest, pods: '1', 'requests.cpu': '300m' });
  const stored = await pods.get({ namespace: 'default', name: 'b' });
  await pods.updateStatus({ ...stored, status: { phase: 'Succeeded' } });
  await cluster.advance(1000);
  assert.deepEqual((await quotas.get(KEY)).status?.used, { ...rest, pods: '0', 'requests.cpu': '0' });
  cluster.stop();
});

test('resourceQuotaController follows a change of the limits', async () => {
  const cluster = await startFakeCluster({ controllers: [resourceQuotaController] });
  const quotas = cluster.client.resource(Resources.resourceQuotas);
  await quotas.create(quota);
  await cluster.advance(1000);
  const stored = await quotas.get(KEY);
  await quotas.update({ ...stored, spec: { hard: { pods: '7' } } });
  await cluster.advance(1000);
  assert.deepEqual((await quotas.get(KEY)).status, { hard: { pods: '7' }, used: { pods: '0' } });
  cluster.stop();
});

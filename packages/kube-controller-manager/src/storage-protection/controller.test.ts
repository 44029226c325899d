import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources } from '@steersman/api';
import { startFakeCluster } from '../fake/cluster.ts';
import { claimProtectionController, volumeProtectionController } from './controller.ts';

const KEY = { namespace: 'default', name: 'c' };
const claim = { metadata: KEY, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };

test('claimProtectionController keeps a claim until no pod on a node uses it', async () => {
  const cluster = await startFakeCluster({ controllers: [claimProtectionController] });
  const claims = cluster.client.resource(Resources.persistentVolumeClaims);
  const pods = cluster.client.resource(Resources.pods);
  await claims.create(claim);
  await cluster.advance(1000);
  assert.deepEqual((await claims.get(KEY)).metadata.finalizers, ['kubernetes.io/pvc-protection']);
  await pods.create({
    metadata: { namespace: 'default', name: 'p' },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'c', image: 'i' }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
    },
  });
  await claims.delete(KEY);
  await cluster.advance(1000);
  assert.notEqual((await claims.get(KEY)).metadata.deletionTimestamp, undefined);
  await pods.delete({ namespace: 'default', name: 'p' }, { gracePeriodSeconds: 0 });
  await cluster.advance(1000);
  assert.equal(await claims.find(KEY), undefined);
  cluster.stop();
});

test('volumeProtectionController keeps a volume while it is bound', async () => {
  const cluster = await startFakeCluster({ controllers: [volumeProtectionController] });
  const volumes = cluster.client.resource(Resources.persistentVolumes);
  await volumes.create({ metadata: { name: 'v' }, spec: { capacity: { storage: '1Gi' }, hostPath: { path: '/v' } } });
  await cluster.advance(1000);
  await volumes.updateStatus({ ...(await volumes.get({ name: 'v' })), status: { phase: 'Bound' } });
  await volumes.delete({ name: 'v' });
  await cluster.advance(1000);
  const held = await volumes.get({ name: 'v' });
  assert.deepEqual(held.metadata.finalizers, ['kubernetes.io/pv-protection']);
  await volumes.updateStatus({ ...held, status: { phase: 'Released' } });
  await cluster.advance(1000);
  assert.equal(await volumes.find({ name: 'v' }), undefined);
  cluster.stop();
});

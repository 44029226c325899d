import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease } from '@steersman/api';
import { startTestServer } from '../test-server.ts';
import { isExpired, renewedLease, serverIdOf } from './identity.ts';
import { ID_LABEL, leaseRecords, PEER_FOLDER } from './lease-records.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';

test('serverIdOf() hashes the host name as upstream does', () => {
  // SHA-256 of "kind-control-plane", its first sixteen bytes in base 32.
  assert.equal(serverIdOf('kind-control-plane'), 'apiserver-c4vwjftbvpc5os2vvzle4qg27a');
  assert.notEqual(serverIdOf('a'), serverIdOf('b'));
});

test('renewedLease() keeps what others wrote into the lease', () => {
  const identity = { hostname: 'one', holder: 'one_1' };
  const first = renewedLease(undefined, identity, 0);
  assert.equal(first.spec?.leaseDurationSeconds, 3600);
  const labelled: Lease = {
    ...first,
    metadata: { ...first.metadata, labels: { ...first.metadata.labels, mine: 'x' } },
  };
  const next = renewedLease(labelled, { ...identity, holder: 'one_2' }, 10_000);
  assert.equal(next.metadata.labels?.['mine'], 'x');
  assert.equal(next.metadata.labels?.['apiserver.kubernetes.io/identity'], 'kube-apiserver');
  assert.equal(next.spec?.holderIdentity, 'one_2');
  assert.equal(isExpired(next, 10_000 + 3_600_000), false);
  assert.equal(isExpired(next, 10_001 + 3_600_000), true);
});

test('an API server renews its identity lease and removes those of servers that are gone', async () => {
  await using api = await startTestServer({ extensions: {}, config: { hostname: 'here' } });
  await api.server.ready;
  const gone = renewedLease(undefined, { hostname: 'gone', holder: 'gone_1' }, api.effects.clock.now() - 3_500_000);
  assert.equal((await api.send('POST', LEASES, gone)).status, 201);
  const names = async () => {
    const { body } = await api.send<{ items: Lease[] }>('GET', LEASES);
    return body.items.map(({ metadata }) => metadata.labels?.['kubernetes.io/hostname']).sort();
  };
  const renewed = async () => (await api.send<Lease>('GET', `${LEASES}/${serverIdOf('here')}`)).body.spec?.renewTime;
  const before = await renewed();
  assert.deepEqual(await names(), ['gone', 'here']);
  await api.effects.clock.advance(3_600_000);
  assert.notEqual(await renewed(), before);
  assert.deepEqual(await names(), ['here']);
});

test('an API server leaves the identity lease of a server alone that is there, however slow its clock is', async () => {
  await using api = await startTestServer({ extensions: {}, config: { hostname: 'here' } });
  await api.server.ready;
  const id = serverIdOf('slow');
  const { clock } = api.effects;
  const slow = renewedLease(undefined, { hostname: 'slow', holder: 'slow_1' }, clock.now() - 7_200_000);
  assert.equal((await api.send('POST', LEASES, slow)).status, 201);
  const records = leaseRecords(api.storage, PEER_FOLDER);
  const isThere = async () => (await api.send('GET', `${LEASES}/${id}`)).status === 200;
  await clock.advance(3_595_000);
  await records.renew({ name: id, labels: { [ID_LABEL]: id }, subsets: [] });
  await clock.advance(10_000);
  assert.equal(await isThere(), true);
  await clock.advance(3_600_000);
  assert.equal(await isThere(), false);
});

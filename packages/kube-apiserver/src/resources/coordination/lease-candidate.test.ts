import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '@steersman/api';
import { startTestServer } from '../../test-server.ts';

const PATH = '/apis/coordination.k8s.io/v1beta1/namespaces/default/leasecandidates';
const SPEC = {
  leaseName: 'kube-scheduler',
  binaryVersion: '1.36.0',
  emulationVersion: '1.36.0',
  strategy: 'OldestEmulationVersion',
};
const candidate = (name: string, spec: object) => ({
  apiVersion: 'coordination.k8s.io/v1beta1',
  kind: 'LeaseCandidate',
  metadata: { name },
  spec: { ...SPEC, ...spec },
});

test('leaseCandidate takes the names of candidates and refuses versions that make no election', async () => {
  const runtimeConfig = new Map([['coordination.k8s.io/v1beta1', 'true']]);
  await using api = await startTestServer({ extensions: {}, runtimeConfig });
  const causes = async (spec: object, name = 'bad') => {
    const { status, body } = await api.send<Status>('POST', PATH, candidate(name, spec));
    return status === 201 ? [] : (body.details?.causes ?? []).map(({ field, message }) => `${field} ${message}`);
  };
  await api.server.ready;
  assert.deepEqual(await causes({}, 'host_0a1b'), []);
  assert.deepEqual(await causes({ binaryVersion: '1.35.0' }), [
    'spec.binaryVersion Invalid value: "1.35.0": must be greater than or equal to `emulationVersion`',
  ]);
  assert.deepEqual(await causes({ emulationVersion: '' }), [
    "spec.emulationVersion Required value: must be specified when `strategy` is 'OldestEmulationVersion'",
  ]);
  assert.ok(
    (await causes({ binaryVersion: 'v1.36' })).includes(
      'spec.binaryVersion Invalid value: "v1.36": must be a valid semantic version',
    ),
  );
  const moved = candidate('host_0a1b', { leaseName: 'other' });
  const { body: stored } = await api.send<{ metadata: { resourceVersion: string } }>('GET', `${PATH}/host_0a1b`);
  const update = { ...moved, metadata: stored.metadata };
  const { body } = await api.send<Status>('PUT', `${PATH}/host_0a1b`, update);
  assert.equal(body.details?.causes?.[0]?.message, 'Invalid value: "other": field is immutable');
});

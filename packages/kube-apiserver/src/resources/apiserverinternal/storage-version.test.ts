import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status, V1alpha1StorageVersion } from '@steersman/api';
import { startTestServer } from '../../test-server.ts';

const ALPHA = '/apis/internal.apiserver.k8s.io/v1alpha1/storageversions';
const runtimeConfig = new Map([['internal.apiserver.k8s.io/v1alpha1', 'true']]);

test('StorageVersions are named <group>.<resource> and agree with themselves', async () => {
  await using api = await startTestServer({ runtimeConfig });
  const object = (name: string) => ({ metadata: { name }, spec: {} });
  const refused = await api.send<Status>('POST', ALPHA, object('pods'));
  assert.match(refused.body.message ?? '', /name must be in the form of <group>\.<resource>/);
  const made = await api.send<V1alpha1StorageVersion>('POST', ALPHA, object('core.pods'));
  assert.equal(made.status, 201);
  const put = (status: object) => api.send<Status>('PUT', `${ALPHA}/core.pods/status`, { ...made.body, status });
  const server = { apiServerID: 'one', encodingVersion: 'v1', decodableVersions: ['v2'] };
  const wrong = await put({ storageVersions: [server], commonEncodingVersion: 'v2' });
  assert.deepEqual(
    wrong.body.details?.causes?.map(({ field, message }) => `${field}: ${message}`),
    [
      'status.storageVersions[0].decodableVersions: Invalid value: ["v2"]: decodableVersions must include encodingVersion v1',
      'status.commonEncodingVersion: Invalid value: "v2": the actual common encoding version is v1',
    ],
  );
  const right = { storageVersions: [{ ...server, decodableVersions: ['v1'] }], commonEncodingVersion: 'v1' };
  assert.equal((await put(right)).status, 200);
});

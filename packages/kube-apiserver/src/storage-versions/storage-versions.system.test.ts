/** Two API servers on one store publish in which versions they store; the controller manager forgets the one that is gone. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { V1alpha1StorageVersion } from '@steersman/api';
import { ALPHA, missingPrograms, RetryingClient, TestServers } from '../peers/adapters/test-servers.ts';
import { serverIdOf } from '../peers/identity.ts';

const missing = missingPrograms('face');
const skip = missing.length > 0 && `needs ${missing.join(', ')}`;
const GATE = '--feature-gates=StorageVersionAPI=true';
/** Machines may be slow: nothing here is judged by how long it takes. */
const PATIENCE_MS = 300_000;

describe('storage versions', () => {
  const servers = new TestServers('face', {
    servers: 2,
    users: ['collector'],
    args: () => [GATE, `--runtime-config=${ALPHA}=true`],
  });
  let client: RetryingClient;
  before(async () => {
    if (skip !== false) return;
    await servers.start();
    client = new RetryingClient(servers, 1);
  });
  after(async () => {
    client?.close();
    await servers[Symbol.asyncDispose]();
  });

  const [gone, here] = [serverIdOf('server-0'), serverIdOf('server-1')];
  const versionOf = async (name: string) =>
    (await client.send('GET', `/apis/${ALPHA}/storageversions/${name}`)).body as unknown as V1alpha1StorageVersion;
  const serversOf = async (name: string) =>
    ((await versionOf(name)).status?.storageVersions ?? []).map(({ apiServerID }) => apiServerID).sort();
  async function untilServers(name: string, wanted: readonly string[]): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while ((await serversOf(name)).join() !== wanted.toSorted().join()) {
      assert.ok(Date.now() < end, `never: ${name} of ${wanted}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  test('API servers publish their versions before they are ready, and are forgotten when their identity is gone', {
    skip,
    timeout: 900_000,
  }, async () => {
    for (const name of ['apps.deployments', 'core.pods', 'internal.apiserver.k8s.io.storageversions'])
      assert.deepEqual(await serversOf(name), [gone, here].sort());
    const { status } = await versionOf('apps.deployments');
    assert.equal(status?.commonEncodingVersion, 'apps/v1');
    assert.deepEqual(
      status?.conditions?.map(({ type, status: value, reason }) => [type, value, reason]),
      [['AllEncodingVersionsEqual', 'True', 'CommonEncodingVersionSet']],
    );
    await servers.stopServer(0, 'SIGKILL');
    servers.startComponent('kube-controller-manager', 1, 'collector', [
      '--controllers=storageversion-garbage-collector-controller',
      '--leader-elect=false',
      '--secure-port=0',
      GATE,
    ]);
    await client.send('DELETE', `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${gone}`);
    await untilServers('apps.deployments', [here]);
    await untilServers('core.pods', [here]);
    await servers.startServer(0);
    await untilServers('apps.deployments', [gone, here]);
  });
});

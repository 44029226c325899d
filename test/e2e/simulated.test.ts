/** Real manifests on simulated nodes, which need no root and no containers. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { kubectlFor, oldKubectl, SHARED, testCluster, withoutFile, withoutKubectl } from './src/index.ts';

const guestbook = join(SHARED, 'manifests', 'web', 'guestbook', 'all-in-one', 'guestbook-all-in-one.yaml');
const boutique = join(SHARED, 'manifests', 'online-boutique.yaml');
const TIMEOUT = '--timeout=180s';
const skip = withoutKubectl() || withoutFile(guestbook);

suite('a cluster of simulated nodes', { skip, concurrency: false }, async () => {
  const cluster = await testCluster(`sim${process.pid}`);
  const { kubectl } = cluster;
  after(() => cluster.remove()); // Also when a test failed before the last one.

  test('up --runtime simulated --nodes 3 makes three nodes Ready', async () => {
    await cluster.up('--runtime', 'simulated', '--nodes', '3');
    const nodes = await kubectl('get', 'nodes', '--no-headers');
    assert.equal(nodes.match(/ Ready /g)?.length, 3, nodes);
  });

  for (const [name, file] of [
    ['guestbook', guestbook],
    ['online-boutique', boutique],
  ] as const) {
    test(`${name} applies cleanly and every pod becomes Ready`, async () => {
      await kubectl('create', 'namespace', name);
      const said = await kubectl('--namespace', name, 'apply', '-f', file);
      assert.doesNotMatch(said, /Warning|error/i);
      await kubectl('--namespace', name, 'wait', '--for=condition=Available', 'deployment', '--all', TIMEOUT);
      await kubectl('--namespace', name, 'wait', '--for=condition=Ready', 'pod', '--all', TIMEOUT);
      await kubectl('delete', 'namespace', name, TIMEOUT);
    });
  }

  test('a manifest with a typo is refused with a message that names the field', async () => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'typo' },
      spec: { containers: [{ name: 'a', imagee: 'x' }] },
    };
    await assert.rejects(
      kubectl.feed(JSON.stringify(manifest), 'apply', '-f', '-'),
      /unknown field "spec.containers\[0\].imagee"/,
    );
  });

  test('kubectl 1.20 applies, lists and deletes', async (t) => {
    const program = oldKubectl();
    if (program === undefined) return t.skip("Debian's kubernetes-client cannot be downloaded");
    const old = kubectlFor(cluster.kubeconfig, program);
    await old('create', 'deployment', 'old', '--image=steersman.local/busybox:1', '--replicas=2');
    await old('expose', 'deployment', 'old', '--port=80');
    await old('rollout', 'status', 'deployment/old', TIMEOUT);
    assert.match(await old('get', 'pods', '-o', 'wide'), /old-.*Running/);
    await old('apply', '-n', 'default', '-f', guestbook);
    await old('delete', '-n', 'default', '-f', guestbook, TIMEOUT);
    await old('delete', 'deployment/old', 'service/old');
    return undefined;
  });

  test('a second up finds everything running, also after kill -9', async () => {
    await kubectl('create', 'configmap', 'kept', '--from-literal=a=b');
    const status = JSON.parse((await cluster.steersman('status', '-o', 'json')).stdout) as {
      pids: { controlPlane: number };
    };
    await cluster.up();
    process.kill(status.pids.controlPlane, 'SIGKILL');
    await cluster.up();
    assert.equal(await kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'), 'b');
  });

  test('down stops it and purge removes its folder', async () => {
    await cluster.must('down');
    assert.equal((await cluster.steersman('status')).code, 1);
    await cluster.remove();
    assert.equal((await cluster.steersman('status')).code, 1);
  });
});

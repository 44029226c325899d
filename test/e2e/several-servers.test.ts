/** Several API servers on one store: made out of one, killed, brought back, saved, and taken away. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { eventually, kubectlFor, testCluster, withoutKubectl } from './src/index.ts';

const skip = process.platform !== 'linux' ? 'needs Linux' : withoutKubectl();
const WAIT_MS = 90_000;

interface Status {
  readonly state: string;
  readonly parts: readonly { readonly name: string; readonly address?: string; readonly pid?: number }[];
}

suite('three API servers on the embedded store', { skip, concurrency: false }, async () => {
  const cluster = await testCluster(`several${process.pid}`);
  const { kubectl } = cluster;
  const status = async () => JSON.parse((await cluster.steersman('status', '-o', 'json')).stdout) as Status;
  const kill = async (name: string) => {
    const { pid } = (await status()).parts.find((part) => part.name === name) ?? {};
    assert.ok(pid !== undefined, `${name} runs`);
    process.kill(pid, 'SIGKILL');
  };
  after(() => cluster.remove());

  test('a cluster with one API server goes on with three, and with what it had', async () => {
    await cluster.up('--runtime', 'simulated');
    await kubectl('create', 'configmap', 'kept', '--from-literal=a=b');
    const refused = await cluster.steersman('up', '--kubeconfig', cluster.kubeconfig, '--api-servers', '3');
    assert.match(refused.stderr, /first run: steersman down/);
    await cluster.must('down');
    await cluster.must('up', '--kubeconfig', cluster.kubeconfig, '--api-servers', '3');
    assert.equal(await kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'), 'b');
    const { state, parts } = await status();
    assert.equal(state, 'running');
    assert.deepEqual(
      parts.map(({ name }) => name),
      ['store-1', 'control-plane-1', 'control-plane-2', 'control-plane-3', 'load-balancer', 'simulated-nodes'],
    );
  });

  test('every API server reaches the kubelets of simulated nodes', async () => {
    await kubectl('run', 'talker', '--image=steersman.local/busybox:1', '--restart=Never');
    await kubectl('wait', '--for=condition=Ready', 'pod/talker', '--timeout=90s');
    for (const { name, address } of (await status()).parts) {
      if (!name.startsWith('control-plane-')) continue;
      const { code, stderr } = await kubectl.try('--server', address ?? '', 'logs', 'talker');
      assert.equal(code, 0, `${name}: ${stderr}`);
      assert.match(
        await kubectl('--server', address ?? '', 'get', '--raw', '/api/v1/nodes/node-1/proxy/pods'),
        /talker/,
      );
    }
  });

  test('with the leading control plane and another killed, the cluster works on, and up brings both back', async () => {
    const path = '{.spec.holderIdentity}';
    const lease = ['-n', 'kube-system', 'get', 'lease', 'kube-controller-manager', '-o', `jsonpath=${path}`];
    const [leader = ''] = (await kubectl(...lease)).split('_');
    await kill(leader);
    await kill(leader === 'control-plane-1' ? 'control-plane-2' : 'control-plane-1');
    assert.equal((await status()).state, 'degraded');
    await kubectl('create', 'deployment', 'made-meanwhile', '--image=steersman.local/busybox:1');
    await kubectl('rollout', 'status', 'deployment/made-meanwhile', `--timeout=${WAIT_MS / 1000}s`);
    await cluster.must('up', '--kubeconfig', cluster.kubeconfig);
    assert.equal((await status()).state, 'running');
  });

  test('with the load balancer and the store killed, up brings the cluster back with everything acknowledged', async () => {
    await kubectl('create', 'configmap', 'acknowledged', '--from-literal=a=b');
    await kill('load-balancer');
    await kill('store-1');
    await cluster.must('up', '--kubeconfig', cluster.kubeconfig);
    await eventually('the object from every server', WAIT_MS, async () => {
      const servers = (await status()).parts.filter(({ name }) => name.startsWith('control-plane-'));
      const answers = await Promise.all(
        servers.map(({ address = '' }) => kubectl.try('--server', address, 'get', 'configmap', 'acknowledged')),
      );
      return answers.every(({ code }) => code === 0);
    });
  });

  test('snapshot saves the store while it is served', async () => {
    const file = join(cluster.folder, '..', 'snapshot');
    assert.match(await cluster.must('snapshot', 'save', file), /^revision \d+, .* keys/);
  });

  test('three become one again', async () => {
    await cluster.must('down');
    await cluster.must('up', '--kubeconfig', cluster.kubeconfig, '--api-servers', '1');
    assert.equal(await kubectlFor(cluster.kubeconfig)('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'), 'b');
    assert.deepEqual(
      (await status()).parts.map(({ name }) => name),
      ['control-plane'],
    );
  });
});

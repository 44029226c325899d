/** Real containers in namespaced hosts without a route out, driven with kubectl as a user would; nothing stays behind. */
import assert from 'node:assert/strict';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, suite, test } from 'node:test';
import { clusterCgroup, deviceName, imageArchive, pauseImage } from '@steersman/cluster';
import {
  eventually,
  inventory,
  kubectlFor,
  leftBehind,
  namespacesBelow,
  namespacesInUse,
  oldKubectl,
  podRange,
  runProgram,
  type TestCluster,
  testCluster,
  withoutContainers,
} from './src/index.ts';

const IMAGE = 'steersman.local/busybox:1';
const TIMEOUT = '--timeout=120s';
/** How long anything may take on a machine that is busy with other things. */
const WAIT_MS = 120_000;

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly nodeName?: string };
    readonly status: {
      readonly podIP?: string;
      readonly containerStatuses?: readonly { readonly containerID: string; readonly restartCount: number }[];
    };
  }[];
}

suite('a cluster in namespaced hosts', { skip: withoutContainers(), concurrency: false }, async () => {
  const before = inventory('never-a-command-line');
  const cluster = await testCluster(`e2e${process.pid}`);
  const { kubectl } = cluster;
  after(() => cluster.remove()); // Also when a test failed before the last one.

  test('up --hosts makes every node Ready and DNS answer', async () => {
    const said = await cluster.up('--hosts', '--nodes', '2', '--pod-cidr', await podRange());
    assert.match(said, /is up \(2 nodes/);
    const ready = await kubectl('get', 'nodes', '--no-headers');
    assert.equal(ready.match(/ Ready /g)?.length, 2, ready);
  });

  test('a second up changes nothing and says so quickly', async () => {
    const pids = await statusPids(cluster);
    await cluster.up();
    assert.deepEqual(await statusPids(cluster), pids);
  });

  test('a deployment behind a service answers by name from another pod', async () => {
    await kubectl('create', 'deployment', 'web', `--image=${IMAGE}`, '--replicas=3');
    await kubectl('expose', 'deployment', 'web', '--port=80');
    await kubectl('rollout', 'status', 'deployment/web', TIMEOUT);
    await kubectl(
      'run',
      'client',
      `--image=${IMAGE}`,
      '--restart=Never',
      '--',
      'sh',
      '-c',
      'trap "exit 0" TERM; sleep 3600 & wait',
    );
    await kubectl('wait', '--for=condition=Ready', 'pod/client', TIMEOUT);
    const answer = await eventually('wget web', WAIT_MS, () =>
      kubectl('exec', 'client', '--', 'wget', '-q', '-O', '-', 'http://web'),
    );
    assert.match(answer, /^Hello from web-/);
    const nodes = new Set((await webPods(cluster)).items.map((pod) => pod.spec.nodeName));
    assert.equal(nodes.size, 2, 'the replicas are spread over both nodes');
  });

  test('every replica can be reached from another node, by address', async () => {
    for (const pod of (await webPods(cluster)).items) {
      const answer = await kubectl('exec', 'client', '--', 'wget', '-q', '-O', '-', `http://${pod.status.podIP}`);
      assert.match(answer, new RegExp(`Hello from ${pod.metadata.name}`));
    }
  });

  test('logs, exec, cp and port-forward work', async () => {
    await eventually('the log of the web server', WAIT_MS, async () =>
      /serving/.test(await kubectl('logs', 'deployment/web')),
    );
    assert.equal(await kubectl('exec', 'client', '--', 'sh', '-c', 'echo "$0 $1"', 'a', 'b'), 'a b\n');
    const failing = await kubectl.try('exec', 'client', '--', 'sh', '-c', 'exit 7');
    assert.equal(failing.code, 7);
    await followsLogs(cluster);
    await copiesFiles(cluster);
    await forwardsPorts(cluster);
  });

  test('image load brings images that no registry has', async () => {
    const archive = join(cluster.folder, '..', 'image.tar');
    const image = { ...pauseImage(), names: ['example.test/loaded:1'] };
    await pipeline(Readable.from(imageArchive([image])), createWriteStream(archive));
    assert.match(await cluster.must('image', 'load', archive), /loaded .* into 2 nodes/);
    assert.match(await cluster.must('image', 'list'), /^example\.test\/loaded:1$/m);
    await kubectl('run', 'loaded', '--image=example.test/loaded:1');
    await kubectl('wait', '--for=condition=Ready', 'pod/loaded', TIMEOUT);
    await kubectl('delete', 'pod', 'loaded', TIMEOUT);
  });

  test('get -o wide, describe and explain print what people look for', async () => {
    assert.match(await kubectl('get', 'pods', '-o', 'wide'), /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE/);
    assert.match(
      await kubectl('describe', 'deployment', 'web'),
      /Replicas: +3 desired \| 3 updated \| 3 total \| 3 available/,
    );
    assert.match(await kubectl('describe', 'pod', 'client'), /Events:[\s\S]*Started/);
    assert.match(await kubectl('explain', 'deployment.spec.replicas'), /FIELD: replicas <integer>/);
  });

  test('exec -it has a terminal', async () => {
    const command = `kubectl --kubeconfig ${cluster.kubeconfig} exec -it client -- sh -c 'tty; stty size'`;
    const { stdout } = await runProgram('script', ['-qec', command, '/dev/null']);
    assert.match(stdout, /\/dev\/pts\/\d/);
  });

  test('kubectl 1.20 works on it too', async (t) => {
    const program = oldKubectl();
    if (program === undefined) return t.skip("Debian's kubernetes-client cannot be downloaded");
    const old = kubectlFor(cluster.kubeconfig, program);
    await old('create', 'deployment', 'old', `--image=${IMAGE}`, '--replicas=2');
    await old('expose', 'deployment', 'old', '--port=80');
    await old('rollout', 'status', 'deployment/old', TIMEOUT);
    // A Service is there a moment later for those who ask it, and so is a log.
    const answer = await eventually('wget old', WAIT_MS, () =>
      kubectl('exec', 'client', '--', 'wget', '-q', '-O', '-', 'http://old'),
    );
    assert.match(answer, /^Hello from old-/);
    await eventually('the log of old', WAIT_MS, async () => /serving/.test(await old('logs', 'deployment/old')));
    assert.match(await old('describe', 'service', 'old'), /Endpoints: +10\./);
    assert.match(await old('explain', 'pod.spec.nodeName'), /FIELD: +nodeName <string>/);
    await old('scale', 'deployment/old', '--replicas=1');
    await old('delete', 'deployment/old', 'service/old', TIMEOUT);
    return undefined;
  });

  test('rollout undo, scale and delete behave', async () => {
    await kubectl('set', 'env', 'deployment/web', 'COLOUR=blue');
    await kubectl('rollout', 'status', 'deployment/web', TIMEOUT);
    await kubectl('rollout', 'undo', 'deployment/web');
    await kubectl('rollout', 'status', 'deployment/web', TIMEOUT);
    assert.doesNotMatch(await kubectl('get', 'deployment', 'web', '-o', 'yaml'), /COLOUR/);
    await kubectl('scale', 'deployment/web', '--replicas=1');
    await eventually('one replica', WAIT_MS, async () => (await webPods(cluster)).items.length === 1);
  });

  test('kill -9 of the control plane and of a kubelet loses no object and restarts no container', async () => {
    await kubectl('create', 'configmap', 'acknowledged', '--from-literal=a=b');
    const containers = await containerIds(cluster);
    const status = await clusterStatus(cluster);
    process.kill(status.pids.controlPlane, 'SIGKILL');
    process.kill(status.nodes[0]!.pids.node, 'SIGKILL');
    await cluster.up();
    assert.equal(await kubectl('get', 'configmap', 'acknowledged', '-o', 'jsonpath={.data.a}'), 'b');
    assert.deepEqual(await containerIds(cluster), containers);
  });

  test('delete removes pods and their names', async () => {
    await kubectl('delete', 'deployment/web', 'service/web', 'pod/client', TIMEOUT);
    await eventually('no pods', WAIT_MS, async () => (await kubectl('get', 'pods', '-o', 'name')) === '');
  });

  test('after a reboot, up resumes the cluster', async () => {
    for (const node of (await clusterStatus(cluster)).nodes) process.kill(node.pids.host, 'SIGKILL');
    process.kill((await clusterStatus(cluster)).pids.controlPlane, 'SIGKILL');
    await cluster.up();
    assert.equal(await kubectl('get', 'configmap', 'acknowledged', '-o', 'jsonpath={.data.a}'), 'b');
  });

  test('down --purge leaves nothing behind', async () => {
    const mark = cluster.folder;
    const names = [mark, `/${clusterCgroup(cluster.name)}`, deviceName(mark, '')];
    const namespaces = (await clusterStatus(cluster)).nodes.flatMap((node) => namespacesBelow(node.pids.host));
    assert.equal(namespaces.length >= 10, true, 'two hosts with five namespaces each, and those of pods');
    const own = inventory(mark);
    for (const kind of ['links', 'routes', 'cgroups'] as const)
      assert.ok(
        [...own[kind]].some((item) => names.some((name) => item.includes(name))),
        `no ${kind} of this cluster`,
      );
    await cluster.remove();
    assert.deepEqual(namespacesInUse(namespaces), []);
    assert.deepEqual(await leftBehind(before, mark, names), []);
  });
});

interface Status {
  readonly pids: { readonly controlPlane: number };
  readonly nodes: readonly {
    readonly pids: { readonly host: number; readonly containerd: number; readonly node: number };
  }[];
}

async function clusterStatus(cluster: TestCluster): Promise<Status> {
  return JSON.parse((await cluster.steersman('status', '-o', 'json')).stdout) as Status;
}

async function statusPids(cluster: TestCluster): Promise<unknown> {
  const status = await clusterStatus(cluster);
  return [status.pids, ...status.nodes.map((node) => node.pids)];
}

function webPods({ kubectl }: TestCluster): Promise<PodList> {
  return kubectl.json<PodList>('get', 'pods', '-l', 'app=web');
}

async function containerIds({ kubectl }: TestCluster): Promise<readonly string[]> {
  const pods = await kubectl.json<PodList>('get', 'pods', '-A');
  return pods.items
    .flatMap((pod) =>
      (pod.status.containerStatuses ?? []).map((status) => `${status.containerID} ${status.restartCount}`),
    )
    .sort();
}

async function copiesFiles({ kubectl }: TestCluster): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-cp-'));
  try {
    const content = 'x'.repeat(200_000);
    writeFileSync(join(folder, 'up'), content);
    await kubectl('cp', join(folder, 'up'), 'client:/tmp/file');
    await kubectl('cp', 'client:/tmp/file', join(folder, 'down'));
    assert.equal(readFileSync(join(folder, 'down'), 'utf8'), content);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function forwardsPorts({ kubectl }: TestCluster): Promise<void> {
  const forwarding = kubectl.spawn('port-forward', 'service/web', ':80');
  try {
    const port = await new Promise<string>((resolve, reject) => {
      let said = '';
      const listen = (chunk: Buffer) => {
        said += chunk.toString();
        const match = /127\.0\.0\.1:(\d+)/.exec(said);
        if (match !== null) resolve(match[1]!);
      };
      forwarding.stdout?.on('data', listen);
      forwarding.stderr?.on('data', listen);
      forwarding.on('exit', () => reject(new Error(`port-forward ended: ${said}`)));
    });
    assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /^Hello from web-/);
  } finally {
    forwarding.kill('SIGKILL');
  }
}

/** Reads a log while it is written: the request below shows up in it. */
async function followsLogs({ kubectl }: TestCluster): Promise<void> {
  const following = kubectl.spawn('logs', '-f', '-l', 'app=web', '--prefix');
  let seen = '';
  following.stdout?.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });
  try {
    await eventually('the request in the followed log', WAIT_MS, async () => {
      await kubectl.try('exec', 'client', '--', 'wget', '-q', '-O', '-', 'http://web/followed');
      return seen.includes('followed');
    });
  } finally {
    following.kill('SIGKILL');
  }
}

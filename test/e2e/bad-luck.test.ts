/** What goes wrong on people's machines: one line that says what is wrong and what to do. No containers, no root needed. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { type TestCluster, testCluster, withoutKubectl } from './src/index.ts';

const SIMULATED = ['--runtime', 'simulated'];

async function withCluster(
  body: (
    cluster: TestCluster,
    up: (...args: readonly string[]) => ReturnType<TestCluster['steersman']>,
  ) => Promise<void>,
): Promise<void> {
  const cluster = await testCluster(`bad${process.pid}`);
  const options = ['--kubeconfig', cluster.kubeconfig, '--api-port', String(cluster.apiPort), ...SIMULATED];
  try {
    await body(cluster, (...args) => cluster.steersman('up', ...options, ...args));
  } finally {
    await cluster.steersman('down', '--purge', '--kubeconfig', cluster.kubeconfig);
    rmSync(dirname(cluster.folder), { recursive: true, force: true });
  }
}

/** The complaint: the last line, and the only one that begins with the program's name. */
function complaint(output: { readonly code: number; readonly stderr: string }): string {
  assert.equal(output.code, 1, output.stderr);
  const lines = output.stderr
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('steersman: '));
  assert.equal(lines.length, 1, output.stderr);
  return lines[0]!;
}

suite('steersman up on a machine with problems', { concurrency: false }, () => {
  test('a port in use is named together with its owner', () =>
    withCluster(async (cluster, up) => {
      const server = createServer().listen(cluster.apiPort, '127.0.0.1');
      const said = complaint(await up());
      server.close();
      assert.match(
        said,
        new RegExp(`port ${cluster.apiPort} is in use by .*\\(pid ${process.pid}\\); end it, or use --api-port`),
      );
    }));

  test('a folder that cannot be written is named together with the option', async () => {
    const cluster = await testCluster(`bad${process.pid}`);
    const said = complaint(await cluster.steersman('up', ...SIMULATED, '--data-dir', '/proc/steersman'));
    assert.match(said, /cannot write to \/proc\/steersman \(\w+\); choose another folder with --data-dir/);
    rmSync(dirname(cluster.folder), { recursive: true });
  });

  test("a folder with somebody else's files is neither used nor purged", () =>
    withCluster(async (cluster, up) => {
      mkdirSync(cluster.folder);
      writeFileSync(join(cluster.folder, 'precious'), 'x');
      assert.match(
        complaint(await up()),
        /is not empty and has no \.steersman file; choose an empty folder with --data-dir/,
      );
      assert.match(complaint(await cluster.steersman('down', '--purge')), /so it is not removed/);
      rmSync(cluster.folder, { recursive: true });
    }));

  test('options that make no sense are refused', () =>
    withCluster(async (_cluster, up) => {
      assert.match(complaint(await up('--nodes', '0')), /--nodes 0: give a number from 1 to/);
      assert.match(complaint(await up('--runtime', 'docker')), /--runtime docker: use containerd or simulated/);
      assert.match(complaint(await up('--nope')), /unknown flag: --nope; run: steersman up --help/);
    }));

  test('a kubeconfig that is none is left alone', () =>
    withCluster(async (cluster, up) => {
      writeFileSync(cluster.kubeconfig, '{{');
      assert.match(complaint(await up()), /is not a kubeconfig; repair it or choose another with --kubeconfig FILE/);
    }));

  test('two ups at once: one works, the other says who is at it', { skip: withoutKubectl() }, () =>
    withCluster(async (cluster, up) => {
      const [first, second] = await Promise.all([up(), up()]);
      const refused = first.code === 0 ? second : first;
      assert.equal(first.code + second.code, 1, first.stderr + second.stderr);
      assert.match(
        complaint(refused),
        /another steersman \(pid \d+\) is working on this cluster; wait until it has finished/,
      );
      assert.match(await cluster.kubectl('get', 'nodes'), /node-1 +Ready/);
    }),
  );

  test('a stale pid file is no obstacle', () =>
    withCluster(async (cluster, up) => {
      assert.equal((await up()).code, 0);
      assert.equal((await cluster.steersman('down')).code, 0);
      writeFileSync(join(cluster.folder, 'control-plane.pid'), `${process.pid} 1 not-this-boot\n`);
      const again = await up();
      assert.equal(again.code, 0, again.stderr);
    }));

  test('what cannot change says how to start over', () =>
    withCluster(async (_cluster, up) => {
      assert.equal((await up('--nodes', '2')).code, 0);
      assert.match(complaint(await up('--nodes', '1')), /fewer are only possible after: steersman down --purge/);
      assert.match(complaint(await up('--pod-cidr', '10.1.0.0/16')), /was made with --pod-cidr 10\.244\.0\.0\/16/);
      assert.equal((await up('--nodes', '3')).code, 0);
    }));

  test('down without a cluster is no failure', async () => {
    const cluster = await testCluster(`bad${process.pid}`);
    assert.equal((await cluster.steersman('down')).code, 0);
    rmSync(dirname(cluster.folder), { recursive: true });
  });
});

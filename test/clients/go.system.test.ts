/** The Go client library with the protobuf content type, one test for each check of the program in go/. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { runProgram, type TestCluster, withoutContainers } from '@steersman/e2e';
import { buildGoProgram, clusterOf, findGo, type GoCheck, goChecks, isMissing } from './src/index.ts';

const go = findGo();
const program = isMissing(go) ? '' : await buildGoProgram(go);
const checks = program === '' ? [] : await goChecks(program);
const skip = isMissing(go) ? go.reason : false;

async function passes({ name }: GoCheck, { kubeconfig }: TestCluster): Promise<void> {
  const { code, stderr } = await runProgram(program, ['-kubeconfig', kubeconfig, '-check', name]);
  assert.equal(code, 0, stderr);
}

async function killAndRestart(cluster: TestCluster): Promise<void> {
  const { stdout } = await cluster.steersman('status', '-o', 'json');
  process.kill((JSON.parse(stdout) as { pids: { controlPlane: number } }).pids.controlPlane, 'SIGKILL');
  await cluster.up();
}

async function ended(child: ChildProcess, said: () => string): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 0, said());
}

/** The program says on its standard output when it wants the restart, and waits for a line on its input. */
async function survivesRestart({ name }: GoCheck, cluster: TestCluster): Promise<void> {
  const child = spawn(program, ['-kubeconfig', cluster.kubeconfig, '-check', name]);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const end = ended(child, () => errors);
  await Promise.race([once(child.stdout, 'data'), end]);
  await killAndRestart(cluster);
  child.stdin.end('restarted\n');
  await end;
}

suite('the Go client library on simulated nodes', { skip, concurrency: false }, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await clusterOf('simulated', 'go');
  });
  after(() => cluster.remove());
  for (const check of checks.filter(({ needs }) => needs === '')) test(check.name, () => passes(check, cluster));
  for (const check of checks.filter(({ needs }) => needs === 'restart'))
    test(check.name, () => survivesRestart(check, cluster));
});

suite('the Go client library on nodes with containers', {
  skip: skip || withoutContainers(),
  concurrency: false,
}, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await clusterOf('containers', 'gonodes');
  });
  after(() => cluster.remove());
  for (const check of checks.filter(({ needs }) => needs === 'containers'))
    test(check.name, () => passes(check, cluster));
});

/** kill -9 of the shipped control plane in the middle of writes: nothing that was acknowledged is lost. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Resources } from '@steersman/api';
import { createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';
import { eventually, type TestCluster, testCluster } from './src/index.ts';

const WRITER = fileURLToPath(new URL('src/writer.ts', import.meta.url));
const ROUNDS = 4;
const BYTES_BEFORE_KILL = 2_000; // About 150 acknowledged writes.

test('kill -9 of the control plane loses no acknowledged write', async (t) => {
  const cluster = await testCluster(`kill${process.pid}`);
  t.after(() => cluster.remove());
  const file = join(dirname(cluster.folder), 'acknowledged');
  writeFileSync(file, '');
  for (let round = 0; round < ROUNDS; round += 1) {
    await cluster.up('--runtime', 'simulated');
    assert.deepEqual(missing(readFileSync(file, 'utf8'), await stored(cluster)), [], `after ${round} kills`);
    await killWhileWriting(cluster, file, round);
  }
  await cluster.up();
  const acknowledged = readFileSync(file, 'utf8');
  assert.deepEqual(missing(acknowledged, await stored(cluster)), []);
  t.diagnostic(`${acknowledged.split('\n').length - 1} acknowledged writes, ${ROUNDS} kills`);
});

async function killWhileWriting(cluster: TestCluster, file: string, round: number): Promise<void> {
  const before = statSync(file).size;
  const writer = startWriter(cluster.kubeconfig, file, round * 1_000_000);
  try {
    await eventually('writes are acknowledged', 30_000, async () => statSync(file).size - before > BYTES_BEFORE_KILL);
    const status = JSON.parse((await cluster.steersman('status', '-o', 'json')).stdout) as {
      pids: { controlPlane: number };
    };
    process.kill(status.pids.controlPlane, 'SIGKILL');
    if (writer.exitCode === null) await once(writer, 'exit');
  } finally {
    writer.kill('SIGKILL');
  }
}

function startWriter(kubeconfig: string, file: string, first: number): ChildProcess {
  const args = ['--conditions=steersman-source', WRITER, kubeconfig, file, String(first)];
  return spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] });
}

async function stored(cluster: TestCluster): Promise<ReadonlySet<string>> {
  const client = createClient(createHttpTransport(loadKubeconfig(cluster.kubeconfig)));
  try {
    const { items } = await client.resource(Resources.configMaps).list({ namespace: 'default' });
    return new Set(items.map((item) => item.metadata.name ?? ''));
  } finally {
    await client.transport.close();
  }
}

function missing(acknowledged: string, present: ReadonlySet<string>): readonly string[] {
  return acknowledged.split('\n').filter((name) => name !== '' && !present.has(name));
}

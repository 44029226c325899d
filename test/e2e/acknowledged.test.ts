/** kill -9 of the shipped control plane under load: what it acknowledged, another process has recorded, and is there. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ConfigMap, Resources } from '@steersman/api';
import { createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';
import { testCluster } from './src/index.ts';

const ROUNDS = 8;
const WRITES_BEFORE_KILL = 150;

interface Acknowledged {
  readonly name: string;
  readonly value: number;
  readonly resourceVersion: number;
}

function acknowledged(file: string): Acknowledged[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const [name = '', value, resourceVersion] = line.split(' ');
    return { name, value: Number(value), resourceVersion: Number(resourceVersion) };
  });
}

/** Waits until the recorder has recorded so many more writes. */
async function untilRecorded(file: string, count: number): Promise<void> {
  const wanted = acknowledged(file).length + count;
  while (acknowledged(file).length < wanted) await sleep(10);
}

async function writesUnderWay(recorder: ChildProcess): Promise<number> {
  const answer = once(recorder, 'message');
  recorder.send('how many?');
  const [count] = (await answer) as [number];
  return count;
}

suite('kill -9 of the control plane under load', { concurrency: false }, async () => {
  const cluster = await testCluster(`ack${process.pid}`);
  after(() => cluster.remove()); // Also when the test failed.

  test(`every acknowledged write is there after ${ROUNDS} kills`, async () => {
    await cluster.up('--runtime', 'simulated', '--nodes', '1');
    const file = join(cluster.kubeconfig, '..', 'acknowledged');
    const recorder = fork(fileURLToPath(new URL('./src/recorder.ts', import.meta.url)), [cluster.kubeconfig, file]);
    await once(recorder, 'spawn');
    let cutShort = 0;
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        await untilRecorded(file, WRITES_BEFORE_KILL);
        const status = JSON.parse(await cluster.must('status', '-o', 'json')) as { pids: { controlPlane: number } };
        cutShort += await writesUnderWay(recorder);
        process.kill(status.pids.controlPlane, 'SIGKILL');
        await cluster.up();
      }
    } finally {
      recorder.kill('SIGTERM');
      await once(recorder, 'exit');
    }
    assert.ok(cutShort > 0, 'no write was under way at any kill, so this run proves nothing');
    await verify(cluster.kubeconfig, acknowledged(file));
  });

  test('the cluster is removed', () => cluster.remove());
});

async function verify(kubeconfig: string, writes: readonly Acknowledged[]): Promise<void> {
  const transport = createHttpTransport(loadKubeconfig(kubeconfig));
  const { items } = await createClient(transport).resource(Resources.configMaps).list({ namespace: 'default' });
  await transport.close();
  const stored = new Map(items.map((item: ConfigMap) => [item.metadata.name ?? '', item]));
  const newest = new Map<string, Acknowledged>();
  for (const write of writes) {
    const before = newest.get(write.name);
    assert.ok(
      before === undefined || before.resourceVersion < write.resourceVersion,
      `${write.name} went back in time`,
    );
    newest.set(write.name, write);
  }
  const versions = new Set(writes.map(({ resourceVersion }) => resourceVersion));
  assert.equal(versions.size, writes.length, 'a resourceVersion was given twice');
  for (const write of newest.values()) {
    const item = stored.get(write.name);
    assert.ok(item !== undefined, `${write.name} was acknowledged and is gone`);
    const version = Number(item.metadata.resourceVersion);
    assert.ok(version >= write.resourceVersion, `${write.name} lost its write ${write.value}`);
    if (version === write.resourceVersion) assert.equal(item.data?.['value'], String(write.value));
    assert.equal(item.data?.['value'], item.data?.['again'], `${write.name} is half written`);
  }
}

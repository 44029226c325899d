/** Real members of etcd on loopback, for tests. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@steersman/machinery';

/** Why tests with a real etcd cannot run here; false when they can. */
export const withoutEtcd: string | false =
  spawnSync('etcd', ['--version']).status === 0 ? false : 'needs etcd: apt-get install etcd-server';

export interface TestMember {
  readonly endpoint: string;
  readonly process: ChildProcess;
  kill(): Promise<void>;
}
export interface TestEtcd {
  readonly members: readonly TestMember[];
  readonly endpoints: readonly string[];
  stop(): Promise<void>;
}

export interface TestEtcdOptions {
  readonly members?: number;
  readonly args?: readonly string[];
  readonly scheme?: 'http' | 'https';
}

/** Starts members of one new cluster. Resolves once they serve clients. */
export async function startEtcd({ members = 1, args = [], scheme = 'http' }: TestEtcdOptions = {}): Promise<TestEtcd> {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-etcd-'));
  const places: { name: string; client: string; peer: string }[] = [];
  for (let index = 0; index < members; index += 1)
    places.push({
      name: `m${index}`,
      client: `${scheme}://127.0.0.1:${await freePort()}`,
      peer: `http://127.0.0.1:${await freePort()}`,
    });
  const cluster = places.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const started = await Promise.all(places.map((place) => startMember(place, cluster, folder, args)));
  return {
    members: started,
    endpoints: started.map(({ endpoint }) => endpoint),
    async stop() {
      await Promise.all(started.map((member) => member.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startMember(
  { name, client, peer }: { name: string; client: string; peer: string },
  cluster: string,
  folder: string,
  args: readonly string[],
): Promise<TestMember> {
  const child = spawn(
    'etcd',
    [
      `--name=${name}`,
      `--data-dir=${join(folder, name)}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=${cluster}`,
      '--max-request-bytes=10000000',
      '--logger=zap',
      ...args,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-20_000);
      // 3.4 and 3.5 say it in these words, in plain and in secure mode.
      if (/serving (insecure|client traffic)|serving client/i.test(text)) resolve();
    });
    void ended.then(() => reject(new Error(`etcd ended: ${log}`)));
  });
  return {
    endpoint: client,
    process: child,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

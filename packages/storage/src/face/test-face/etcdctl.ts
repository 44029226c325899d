/** etcd's own command line client, and the difference between what it says of two servers. */
import { spawn, spawnSync } from 'node:child_process';

/** Why tests with etcdctl cannot run here; false when they can. */
export const withoutEtcdctl: string | false =
  spawnSync('etcdctl', ['version'], { env: { ...process.env, ETCDCTL_API: '3' } }).status === 0
    ? false
    : 'needs etcdctl: apt-get install etcd-client';

const RUN_MS_MAX = 120_000;
/** etcdctl gives up after a few seconds, which a busy machine may need. */
const PATIENCE = ['--dial-timeout=60s', '--command-timeout=60s'];

/** What it printed, errors last. `input` is its standard input. */
export type Etcdctl = (args: readonly string[], input?: string) => Promise<string>;

export function etcdctl(endpoint: string): Etcdctl {
  return async (args, input = '') => {
    const child = spawn('etcdctl', [`--endpoints=${endpoint}`, ...PATIENCE, ...args], {
      env: { ...process.env, ETCDCTL_API: '3' },
      timeout: RUN_MS_MAX,
    });
    const texts = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray());
    child.stdin.on('error', () => undefined); // Most commands do not read it.
    child.stdin.end(input);
    await new Promise((resolve) => child.on('close', resolve));
    return (await Promise.all(texts)).flat().join('');
  };
}

/** Without what differs from server to server: its numbers, its clock, its address. */
export function plain(output: string): string {
  return output
    .replace(/"(cluster_id|member_id|raft_term)":\d+/g, '"$1":0')
    .replace(/"ts":"[^"]*"/g, '"ts":""')
    .replace(/\{"level":"warn"[^\n]*\n/g, '')
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/endpoint-[0-9a-f-]+/g, 'endpoint');
}

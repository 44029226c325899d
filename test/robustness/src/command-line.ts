/** The command line as the tests run it, and what it needs. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canIsolate, endGroup, mortal } from './bounded.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const runs = (program: string, ...args: readonly string[]) => spawnSync(program, args).status === 0;
/** What a target needs; false when it is there. */
export const lacks: Readonly<Record<string, string | false>> = {
  lmdb: false,
  etcd: !canIsolate
    ? 'needs root and unshare, for namespaced hosts'
    : !runs('etcd', '--version') || !runs('etcdctl', 'version')
      ? 'needs etcd and etcdctl: apt-get install etcd-server etcd-client'
      : !runs('nft', '--version') && 'needs nft: apt-get install nftables',
  face: false,
  store: false,
};

/** Runs the command line; resolves with what it printed and its exit code. When the test is over, so are its processes. */
export async function robustness(
  signal: AbortSignal,
  ...flags: readonly string[]
): Promise<{ readonly output: string; readonly code: number | null }> {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-robustness-run-'));
  try {
    const command = [...mortal, process.execPath, '--conditions=steersman-source', MAIN];
    const [program, ...args] = [...command, `--folder=${folder}`, ...flags] as [string, ...string[]];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const end = () => endGroup(child.pid);
    signal.addEventListener('abort', end);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    signal.removeEventListener('abort', end);
    return { output, code };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

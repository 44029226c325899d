/**
 * What CI sees of the robustness runs: a minute on each store, half of one on the etcd face, and every planted bug found. `npm run
 * robustness` runs longer.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { plants } from './plants.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const runs = (program: string, ...args: readonly string[]) => spawnSync(program, args).status === 0;
const canIsolate = process.getuid?.() === 0 && runs('unshare', '-n', '-m', 'true');
/** What a target needs; false when it is there. */
const lacks: Readonly<Record<string, string | false>> = {
  lmdb: false,
  etcd: !canIsolate
    ? 'needs root and unshare, for namespaced hosts'
    : !runs('etcd', '--version') || !runs('etcdctl', 'version')
      ? 'needs etcd and etcdctl: apt-get install etcd-server etcd-client'
      : !runs('nft', '--version') && 'needs nft: apt-get install nftables',
  face: false,
  store: false,
};

/** Runs the command line; resolves with what it printed and its exit code. */
async function robustness(
  ...flags: readonly string[]
): Promise<{ readonly output: string; readonly code: number | null }> {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-robustness-run-'));
  try {
    const args = ['--conditions=steersman-source', MAIN, `--folder=${folder}`, ...flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { output, code };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

suite('a minute of faults', { concurrency: false }, () => {
  for (const [target, seed, minutes] of [
    ['lmdb', 1, 1],
    ['etcd', 2, 1],
    ['face', 3, 0.5],
    ['store', 4, 0.5],
  ] as const) {
    test(`${target} keeps every promise (seed ${seed})`, { skip: lacks[target] }, async () => {
      const { output, code } = await robustness(`--target=${target}`, `--seed=${seed}`, `--minutes=${minutes}`);
      assert.equal(code, 0, output);
      const [, faults] = /, (\d+) faults/.exec(output) ?? [];
      assert.ok(Number(faults) > 3 * minutes, `hardly a fault was injected:\n${output}`);
    });
  }
});

// Two at a time, each in namespaces of its own; without such they would take each other's ports.
suite('planted bugs', { concurrency: canIsolate ? 2 : false }, () => {
  for (const { name, target, breaks, suite: tests } of plants()) {
    test(`${name} is seen to break ${breaks}`, { skip: tests === undefined && lacks[target] }, async () => {
      const { output, code } = await robustness(`--plant=${name}`, '--seed=11');
      assert.equal(code, 1, output);
      assert.match(
        output,
        tests === undefined ? new RegExp(`^VIOLATED ${breaks} `, 'm') : new RegExp(`✖ .*${tests.test}`),
      );
    });
  }
});

/** What CI sees of the long forms: a few kills, some crash images, one backup. `npm run robustness` has the rest. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** Runs the command line; resolves with what it printed once it has ended well. */
async function robustness(...flags: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-kills-run-'));
  try {
    const args = ['--conditions=steersman-source', MAIN, `--folder=${folder}`, '--seed=3', ...flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    assert.equal(code, 0, output);
    return output;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

suite('ends without warning', { concurrency: false }, () => {
  test('kube-apiserver loses no acknowledged write and shows none by half after kill -9, with writes under way', async () => {
    const output = await robustness('--kills=5', '--objects=3000');
    assert.match(output, /^5 kills, \d{3,} acknowledged writes, 0 violations; under way at a kill \S+ [1-9]/m);
  });

  test('kube-apiserver loses no acknowledged write when the power is cut at any point', {
    skip: !canTrace && 'needs strace',
  }, async () => {
    const output = await robustness('--crash-images=60');
    const [, telling] = /(\d+) after an acknowledged write, 0 violations/.exec(output) ?? [];
    assert.ok(Number(telling) > 30, output);
  });

  test('saveLmdbSnapshot() copies a large store while another process writes', async () => {
    assert.match(await robustness('--backup', '--objects=5000'), /^backup of \d+ keys.*; [1-9]\d* writes/m);
  });
});

/** What CI sees of the long forms: a few kills, some crash images, one backup. `npm run robustness` has the rest. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { robustness } from '../command-line.ts';

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** Runs the command line; resolves with what it printed once it has ended well. */
async function endsWell(signal: AbortSignal, ...flags: readonly string[]): Promise<string> {
  const { output, code } = await robustness(signal, '--seed=3', ...flags);
  assert.equal(code, 0, output);
  return output;
}

suite('ends without warning', { concurrency: false }, () => {
  test('kube-apiserver loses no acknowledged write and shows none by half after kill -9, with writes under way', async ({
    signal,
  }) => {
    const output = await endsWell(signal, '--kills=5', '--objects=3000');
    assert.match(output, /^5 kills, \d{3,} acknowledged writes, 0 violations; under way at a kill \S+ [1-9]/m);
  });

  test('kube-apiserver loses no acknowledged write when the power is cut at any point', {
    skip: !canTrace && 'needs strace',
  }, async ({ signal }) => {
    const output = await endsWell(signal, '--crash-images=60');
    const [, telling] = /(\d+) after an acknowledged write, 0 violations/.exec(output) ?? [];
    assert.ok(Number(telling) > 30, output);
  });

  test('saveLmdbSnapshot() copies a large store while another process writes', async ({ signal }) => {
    assert.match(await endsWell(signal, '--backup', '--objects=5000'), /^backup of \d+ keys.*; [1-9]\d* writes/m);
  });
});

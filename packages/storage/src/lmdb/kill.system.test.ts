import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Acknowledged, checkState, parseAcknowledged, readState } from './kill-test/state.ts';

const ROUNDS = 12;
const WRITER = fileURLToPath(new URL('./kill-test/main.ts', import.meta.url));

/** Lets the writer have some writes acknowledged, kills it a little later, and returns what was: whole lines only. */
async function writeUntilKilled(
  folder: string,
  firstSequence: number,
  afterWrites: number,
  afterMs: number,
): Promise<readonly Acknowledged[]> {
  const args = ['--conditions=steersman-source', WRITER, folder, String(firstSequence)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let lines = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = lines;
    output += text;
    lines += text.split('\n').length - 1;
    // In the middle of whatever it does by then, not when it has just told of it.
    if (before <= afterWrites && lines > afterWrites) setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  const [, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('close', (code, by) => resolve([code, by])),
  );
  assert.equal(signal, 'SIGKILL', 'the writer ran until it was killed');
  return output.split('\n').slice(1, -1).map(parseAcknowledged);
}

test('openLmdbStorage() has every acknowledged write after kill -9 at any moment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-kill-'));
  let total = 0;
  let lastRevision = 0;
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const acknowledged = await writeUntilKilled(folder, round * 1_000_000, (round * 97) % 400, (round * 7) % 40);
      const state = await readState(folder);
      for (const { revision: written } of acknowledged) assert.ok(written > lastRevision, 'revisions go on');
      checkState(state, acknowledged);
      total += acknowledged.length;
      lastRevision = state.revision;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.ok(total > 1000, `only ${total} writes were acknowledged`);
  console.log(`kill -9: ${ROUNDS} rounds, ${total} acknowledged writes, none missing`);
});

test('openLmdbStorage() refuses a store that another process has open, and names it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-owner-'));
  const args = ['--conditions=steersman-source', WRITER, folder, '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve)); // It is open.
    await assert.rejects(readState(folder), new RegExp(`in use by process ${child.pid}: stop it first`));
    child.kill('SIGKILL');
    await ended;
    await readState(folder);
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  }
});

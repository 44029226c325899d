import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WRITERS } from './kill-test/script.ts';
import { checkState, parseAcknowledged, readState } from './kill-test/state.ts';
import { restoreLmdbSnapshot, saveLmdbSnapshot } from './snapshot.ts';

const WRITER = fileURLToPath(new URL('./kill-test/main.ts', import.meta.url));

test('saveLmdbSnapshot() has every write that another process was told of before, while that one goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-online-'));
  const args = ['--conditions=steersman-source', WRITER, join(folder, 'store'), '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let output = '';
  let wake = () => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    wake();
  });
  /** What was acknowledged until now; the first line says that the store is open, the last one may be incomplete. */
  const acknowledged = () => output.split('\n').slice(1, -1).map(parseAcknowledged);
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise<void>((resolve) => (wake = resolve));
  };
  /** Every writer was told of a write after this revision, hence of all its writes before. */
  const isPassed = (revision: number) =>
    new Set(acknowledged().flatMap((write) => (write.revision > revision ? [write.writer] : []))).size === WRITERS;
  try {
    for (let round = 0; round < 3; round += 1) {
      const count = acknowledged().length + 100;
      await until(() => acknowledged().length >= count);
      const before = acknowledged();
      const { revision } = await saveLmdbSnapshot(join(folder, 'store'), join(folder, `snapshot-${round}`));
      assert.ok(before.every((write) => write.revision <= revision));
      await until(() => isPassed(revision)); // They go on, so that the snapshot is ahead of `before` by any number of writes.
      const inSnapshot = acknowledged().filter((write) => write.revision <= revision);
      await restoreLmdbSnapshot(join(folder, `snapshot-${round}`), join(folder, `restored-${round}`));
      checkState(await readState(join(folder, `restored-${round}`)), inSnapshot);
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  }
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
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
  const linesMoreThan = async (count: number) => {
    while (output.split('\n').length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  try {
    for (let round = 0; round < 3; round += 1) {
      await linesMoreThan(output.split('\n').length + 100);
      const before = output.split('\n').slice(1, -1).map(parseAcknowledged);
      const { revision } = await saveLmdbSnapshot(join(folder, 'store'), join(folder, `snapshot-${round}`));
      assert.ok(before.every((write) => write.revision <= revision));
      await linesMoreThan(output.split('\n').length + 100); // The writer goes on.
      await restoreLmdbSnapshot(join(folder, `snapshot-${round}`), join(folder, `restored-${round}`));
      checkState(await readState(join(folder, `restored-${round}`)), before);
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  }
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { canIsolate, mortal, runBounded } from './bounded.ts';
import { workFolder } from './work-folder.ts';

/** Heeds nothing, holds a processor, and has a child that outlives it. */
const STUBBORN = ['sh', '-c', 'trap "" TERM INT HUP; sleep 1000 & echo spinning; while :; do :; done'] as const;
const skip = mortal.length === 0 && 'needs setpriv';

for (const isolated of [false, true]) {
  const where = isolated ? 'in namespaces of its own' : 'in a group of its own';
  test(`runBounded() ends a program that never ends, ${where}`, { skip: isolated && !canIsolate }, async () => {
    // It is over when nobody holds its output any more, its child included.
    const run = await runBounded(STUBBORN, { limitMs: 300, isolated, output: 'kept' });
    assert.deepEqual({ ...run, output: '' }, { status: 137, output: '', overdue: true });
  });
}

test('runBounded() leaves no process behind when who called it is killed', { skip: skip || !canIsolate }, async () => {
  const script = `
    const { runBounded } = await import(${JSON.stringify(new URL('./bounded.ts', import.meta.url).href)});
    await runBounded(${JSON.stringify(STUBBORN)}, { limitMs: 600_000, isolated: true, output: 'shown' });
  `;
  const args = ['--conditions=steersman-source', '--input-type=module', '-e', script];
  const temporary = workFolder('bounded');
  const env = { ...process.env, TMPDIR: temporary.path };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve)); // Nobody holds its output any more.
  temporary.remove();
});

test('runBounded() gives the status and the output of a program, and takes what it left among temporary files', async () => {
  const command = ['sh', '-c', 'touch "$TMPDIR/left"; echo "$TMPDIR"; exit 3'];
  const { status, output, overdue } = await runBounded(command, { limitMs: 60_000, isolated: false, output: 'kept' });
  assert.deepEqual({ status, overdue }, { status: 3, overdue: false });
  assert.equal(existsSync(output.trim()), false);
});

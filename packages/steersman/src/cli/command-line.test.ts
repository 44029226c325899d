import assert from 'node:assert/strict';
import { test } from 'node:test';
import { separate } from './command-line.ts';
import { createProgress } from './progress.ts';
import { commands, components } from './registry.ts';

test('separate() keeps arguments in order and flags with their values', () => {
  assert.deepEqual(separate(['load', '--name', 'a', 'x.tar', '-', '--data-dir=/d', '-v=4']), {
    flags: ['--name', 'a', '--data-dir=/d', '-v=4'],
    rest: ['load', 'x.tar', '-'],
  });
});

test('every command loads and is what its name says', async () => {
  for (const entry of [...commands, ...components]) {
    const command = await entry.load();
    assert.equal(command.name, entry.name);
    assert.notEqual(command.summary, '');
  }
});

test('createProgress() writes plain lines without a terminal, also for steps that fail', async () => {
  let written = '';
  const progress = createProgress({ write: (text: string) => (written += text) });
  assert.equal(await progress.step('One', async () => 1), 1);
  await assert.rejects(progress.step('Two', () => Promise.reject(new Error('no'))));
  progress.end();
  assert.match(written, /^ok {3}One \(\d+\.\d s\)\nFAIL Two \(\d+\.\d s\)\n$/);
});

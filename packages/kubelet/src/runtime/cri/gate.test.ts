import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gate } from './gate.ts';

test('gate() lets only so much happen at once, in order, and skips what was given up', async () => {
  const atOnce = gate(2);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const given = new AbortController();
  const start = (name: string, signal = new AbortController().signal) =>
    atOnce(() => {
      begun.push(name);
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.set(name, resolve);
      return promise;
    }, signal);
  const [first, second, third, fourth] = [start('a'), start('b'), start('c', given.signal), start('d')];
  await new Promise(setImmediate);
  assert.deepEqual(begun, ['a', 'b']);
  given.abort(new Error('given up'));
  ends.get('b')?.();
  await second;
  await assert.rejects(third, /given up/);
  await new Promise(setImmediate);
  assert.deepEqual(begun, ['a', 'b', 'd']);
  for (const end of ends.values()) end();
  await Promise.all([first, fourth]);
});

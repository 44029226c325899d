import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, backoffDelay } from './backoff.ts';
import { seededRandom } from './fake/random.ts';

test('backoff() doubles up to its bound and starts over after reset', () => {
  const delay = backoff({ baseMs: 10, maxMs: 35 });
  assert.deepEqual([delay.next(), delay.next(), delay.next(), delay.next()], [10, 20, 35, 35]);
  delay.reset();
  assert.equal(delay.next(), 10);
  assert.equal(delay.failures, 1);
});

test('backoff() adds at most the jitter it was given', () => {
  const delay = backoff({ baseMs: 100, maxMs: 100, jitter: 0.5, random: seededRandom(3) }).next();
  assert.ok(delay > 100 && delay < 150);
});

test('backoffDelay() stays bounded after any number of failures', () => {
  assert.equal(backoffDelay({ baseMs: 5, maxMs: 1000 }, 5000), 1000);
});

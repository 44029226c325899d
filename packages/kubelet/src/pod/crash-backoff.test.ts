import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCrashBackOff } from './crash-backoff.ts';

test('createCrashBackOff() lets the first restart pass and doubles the delay up to five minutes', () => {
  const backOff = createCrashBackOff();
  let now = 0;
  const delays: number[] = [];
  for (let crash = 0; crash < 8; crash += 1) {
    const { waitMs } = backOff.remaining('c', now, now);
    delays.push(waitMs / 1000);
    now += waitMs;
    backOff.restarted('c', now);
  }
  assert.deepEqual(delays, [0, 10, 20, 40, 80, 160, 300, 300]);
});

test('createCrashBackOff() forgets after ten quiet minutes', () => {
  const backOff = createCrashBackOff();
  backOff.restarted('c', 0);
  assert.equal(backOff.remaining('c', 601_000, 601_000).waitMs, 0);
});

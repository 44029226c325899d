import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAKE_START_MS, fakeClock } from './clock.ts';

test('fakeClock().advance runs due timers in order, also those set on the way, each at its time', async () => {
  const clock = fakeClock();
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(`${name}@${clock.monotonic()}`);
  clock.schedule(20, note('b'));
  clock.schedule(10, () => {
    note('a')();
    clock.schedule(5, note('a+5'));
  });
  clock.schedule(20, note('c'));
  clock.schedule(31, note('late'));
  clock.schedule(1, note('cancelled'))();
  void (async () => {
    await clock.sleep(12);
    await clock.sleep(12);
    note('slept')();
  })();
  await clock.advance(30);
  assert.deepEqual(seen, ['a@10', 'a+5@15', 'b@20', 'c@20', 'slept@24']);
  assert.equal(clock.now(), FAKE_START_MS + 30);
  assert.equal(clock.timers, 1);
});

test('fakeClock().sleep rejects with the reason of the signal and leaves no timer', async () => {
  const clock = fakeClock();
  const abort = new AbortController();
  const slept = clock.sleep(10, abort.signal);
  abort.abort('over');
  await assert.rejects(slept, (reason) => reason === 'over');
  await assert.rejects(clock.sleep(10, abort.signal), (reason) => reason === 'over');
  assert.equal(clock.timers, 0);
});

test('fakeClock().jump moves the wall clock and no timer', async () => {
  const clock = fakeClock(0);
  clock.schedule(10, () => assert.fail('not due'));
  clock.jump(1000);
  await clock.settle();
  assert.deepEqual([clock.now(), clock.monotonic()], [1000, 0]);
});

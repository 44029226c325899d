import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { pacedFlushes } from './flush-pacer.ts';

function setUp() {
  const timers = fakeClock();
  let busyMs = 0; // Time that passes within a callback.
  const clock = { ...timers, monotonic: () => timers.monotonic() + busyMs };
  const turns: (() => void)[] = [];
  const pace = pacedFlushes((callback) => turns.push(callback), clock);
  return {
    advance: timers.advance,
    work: (ms: number) => (busyMs += ms),
    pace,
    endTurn: () => turns.splice(0).forEach((callback) => void callback()),
  };
}

test('pacedFlushes flushes at the end of every turn while flushes are cheap', () => {
  const { pace, endTurn } = setUp();
  let flushes = 0;
  for (let turn = 1; turn <= 3; turn++) {
    pace(() => (flushes += 1));
    endTurn();
    assert.equal(flushes, turn);
  }
});

test('pacedFlushes waits as long as the last flush took, and 20 ms at most', async () => {
  for (const [took, pause] of [
    [8, 8],
    [500, 20],
  ] as const) {
    const { advance, work, pace, endTurn } = setUp();
    let flushes = 0;
    pace(() => work(took));
    endTurn();
    pace(() => (flushes += 1));
    endTurn();
    await advance(pause - 1);
    assert.equal(flushes, 0);
    await advance(1);
    assert.equal(flushes, 1);
  }
});

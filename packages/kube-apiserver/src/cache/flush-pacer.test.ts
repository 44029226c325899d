import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { type Flush, pacedFlushes } from './flush-pacer.ts';

function setUp() {
  const timers = fakeClock();
  let busyMs = 0; // Time that passes within a callback.
  const clock = { ...timers, monotonic: () => timers.monotonic() + busyMs };
  const turns: (() => void)[] = [];
  const pace = pacedFlushes((callback) => turns.push(callback), clock);
  const endTurn = () => turns.splice(0).forEach((callback) => void callback());
  /** A flush of that many writes of a millisecond each. */
  const flushOf = (writes: number) => {
    const state = { written: 0, finishes: 0, writes };
    const flush: Flush = {
      run(late) {
        while (state.written < state.writes) {
          state.written += 1;
          busyMs += 1;
          if (late()) break;
        }
        return state.written === state.writes;
      },
      finished() {
        state.finishes += 1;
      },
    };
    return { state, flush };
  };
  return { advance: timers.advance, pace, endTurn, turns, flushOf };
}

test('pacedFlushes flushes at the end of every turn while flushes are cheap', () => {
  const { pace, endTurn, flushOf } = setUp();
  const { flush, state } = flushOf(0);
  for (let turn = 1; turn <= 3; turn++) {
    pace(flush);
    endTurn();
    assert.equal(state.finishes, turn);
  }
});

test('pacedFlushes gives everything else a turn after 5 ms of writes, whoever they are for', () => {
  const { pace, endTurn, turns, flushOf } = setUp();
  const [pods, nodes] = [flushOf(12), flushOf(4)];
  pace(pods.flush);
  pace(nodes.flush);
  const progress: number[][] = [];
  while (turns.length > 0) {
    endTurn();
    progress.push([pods.state.written, nodes.state.written]);
  }
  assert.deepEqual(progress, [
    [5, 0],
    [10, 0],
    [12, 3],
    [12, 4],
  ]);
  assert.deepEqual([pods.state.finishes, nodes.state.finishes], [1, 1]);
});

test('pacedFlushes waits twice as long as the last flush took, all its slices together, and 40 ms at most', async () => {
  for (const [took, pause] of [
    [4, 8],
    [11, 22],
    [500, 40],
  ] as const) {
    const { advance, pace, endTurn, turns, flushOf } = setUp();
    const { flush, state } = flushOf(took);
    pace(flush);
    while (turns.length > 0) endTurn();
    state.writes += 1;
    pace(flush);
    endTurn();
    await advance(pause - 1);
    endTurn();
    assert.equal(state.finishes, 1);
    await advance(1);
    endTurn();
    assert.equal(state.finishes, 2);
  }
});

test('pacedFlushes does not let the pause of one resource hold up another', () => {
  const { pace, endTurn, turns, flushOf } = setUp();
  const [pods, nodes] = [flushOf(30), flushOf(1)];
  pace(pods.flush);
  while (turns.length > 0) endTurn();
  pods.state.writes += 1;
  pace(pods.flush);
  pace(nodes.flush);
  endTurn();
  assert.deepEqual([pods.state.finishes, nodes.state.finishes], [1, 1]);
});

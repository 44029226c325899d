import type { Clock } from '../contract.ts';
import { sleepWith } from '../sleep.ts';

/** Where simulated time starts: 2026-01-01T00:00:00Z. */
export const FAKE_START_MS = Date.UTC(2026, 0, 1);

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until told. */
export interface FakeClock extends Clock {
  /**
   * Runs, in order, every timer that falls due within the next `ms` (also those that the timers set), letting all
   * promise callbacks finish before the first and after each; then stands at the new time.
   */
  advance(ms: number): Promise<void>;
  /** Lets pending promise callbacks finish, without moving time. */
  settle(): Promise<void>;
  /** Moves the wall clock only, as an administrator or NTP would; timers and `monotonic` do not notice. */
  jump(ms: number): void;
  /** Timers not yet due. */
  readonly timers: number;
}

/** Every promise callback that can run has run before the next turn of the event loop. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A simulated clock starting at `startMs` (2026-01-01 when absent), with `monotonic` at 0. */
export function fakeClock(startMs: number = FAKE_START_MS): FakeClock {
  let elapsedMs = 0;
  let wallOffsetMs = startMs;
  const timers = new Set<Timer>(); // In the order they were set, which settles ties.

  const earliest = (limitMs: number) => {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.atMs <= limitMs && (first === undefined || timer.atMs < first.atMs)) first = timer;
    }
    return first;
  };
  const schedule = (delayMs: number, callback: () => void) => {
    const timer = { atMs: elapsedMs + Math.max(0, delayMs), callback };
    timers.add(timer);
    return () => void timers.delete(timer);
  };

  return {
    now: () => wallOffsetMs + elapsedMs,
    monotonic: () => elapsedMs,
    schedule,
    sleep: (delayMs, signal) => sleepWith(schedule, delayMs, signal),
    async advance(ms) {
      const endMs = elapsedMs + ms;
      await settle();
      for (let due = earliest(endMs); due !== undefined; due = earliest(endMs)) {
        timers.delete(due);
        elapsedMs = Math.max(elapsedMs, due.atMs);
        due.callback();
        await settle();
      }
      elapsedMs = endMs;
    },
    settle,
    jump(ms) {
      wallOffsetMs += ms;
    },
    get timers() {
      return timers.size;
    },
  };
}

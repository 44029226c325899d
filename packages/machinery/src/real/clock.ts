import type { Clock } from '../contract.ts';
import { sleepWith } from '../sleep.ts';

/** setTimeout takes a signed 32-bit number of milliseconds; longer delays are slept in pieces. */
const TIMER_MS_MAX = 2 ** 31 - 1;

function schedule(delayMs: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number) => {
    const pieceMs = Math.min(Math.max(0, leftMs), TIMER_MS_MAX);
    timer = setTimeout(() => (leftMs > pieceMs ? arm(leftMs - pieceMs) : callback()), pieceMs);
    timer.unref();
  };
  arm(delayMs);
  return () => clearTimeout(timer);
}

/** The machine's clock. Its timers never keep the process alive. */
export function realClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    schedule,
    sleep: (delayMs, signal) => sleepWith(schedule, delayMs, signal),
  };
}

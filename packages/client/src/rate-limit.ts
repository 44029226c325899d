import type { Clock } from '@steersman/machinery';

export interface RateLimiter {
  /** Resolves when one more may go out. */
  take(signal?: AbortSignal): Promise<void>;
  /** Takes one if that is possible at once. */
  tryTake(): boolean;
}

/** A token bucket: `burst` at once, refilled with `perSecond`. Callers are served in the order they asked. */
export function createRateLimiter(clock: Clock, perSecond: number, burst: number): RateLimiter {
  let tokens = burst;
  let filledAt = clock.monotonic();
  const fill = () => {
    const now = clock.monotonic();
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond);
    filledAt = now;
  };
  return {
    async take(signal) {
      fill();
      tokens -= 1; // Below zero: the debt is the place in the line.
      if (tokens < 0) await clock.sleep((-tokens / perSecond) * 1000, signal);
    },
    tryTake() {
      fill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

import type { Random } from './contract.ts';

export interface BackoffOptions {
  /** Delay of the first retry and bound of every later one, in milliseconds. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** Growth per failure; 2 when absent. */
  readonly factor?: number;
  /** Adds up to this fraction of the delay at random, so that clients do not retry in step; needs `random`. */
  readonly jitter?: number;
  readonly random?: Random;
}

/** Failures and the delay that follows from them, for one thing that is retried. */
export interface Backoff {
  /** Counts a failure and returns how long to wait before the next try, in milliseconds. */
  next(): number;
  /** Forgets the failures after a success. */
  reset(): void;
  readonly failures: number;
}

/** The delay after `failures` failures in a row (1 = the first), in milliseconds, without jitter. */
export function backoffDelay(options: BackoffOptions, failures: number): number {
  const grown = options.baseMs * (options.factor ?? 2) ** Math.max(0, failures - 1);
  return Math.min(grown, options.maxMs); // Infinity after many failures is bounded as well.
}

/** Exponential backoff: base, base·factor, base·factor², ... up to the maximum. */
export function backoff(options: BackoffOptions): Backoff {
  let failures = 0;
  return {
    next() {
      failures += 1;
      const delay = backoffDelay(options, failures);
      return delay + delay * (options.jitter ?? 0) * (options.random?.float() ?? 0);
    },
    reset() {
      failures = 0;
    },
    get failures() {
      return failures;
    },
  };
}

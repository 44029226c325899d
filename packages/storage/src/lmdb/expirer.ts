import type { Clock } from '@steersman/machinery';
import { RETRY_MS } from './committer.ts';
import type { Environment } from './environment.ts';

/** Keys deleted per look: more are due in the next one. */
const KEYS_PER_LOOK_MAX = 500;
/** A clock set back must not keep keys for long, nor one timer sleep for days: look again at least this often. */
const LOOK_AGAIN_MS = 60_000;

/** Deletes keys whose time is over. */
export interface Expirer {
  /** A key was written that expires then. */
  expect(atMs: number): void;
  close(): void;
}

/**
 * Keeps one timer for the earliest expiry on disk. `expire(key, position)` deletes the key if it is still the write at
 * that position, and resolves when that is on disk.
 */
export function createExpirer(
  environment: Environment,
  clock: Clock,
  expire: (key: string, position: number) => Promise<void>,
): Expirer {
  let cancel: (() => void) | undefined;
  let timerAtMs = Number.POSITIVE_INFINITY;
  let closed = false;

  function expect(atMs: number): void {
    if (closed || atMs >= timerAtMs) return;
    cancel?.();
    const delayMs = Math.min(Math.max(0, atMs - clock.now()), LOOK_AGAIN_MS);
    timerAtMs = clock.now() + delayMs;
    cancel = clock.schedule(delayMs, () => void look());
  }

  async function look(): Promise<void> {
    const due = environment.dueExpiries(clock.now(), KEYS_PER_LOOK_MAX);
    const outcomes = await Promise.allSettled(due.map(({ key, value }) => expire(value, key[1])));
    if (closed) return;
    timerAtMs = Number.POSITIVE_INFINITY;
    const next = environment.nextExpiryMs();
    if (next === undefined) return;
    // While the store takes no writes, what is due stays due.
    const refused = outcomes.some(({ status }) => status === 'rejected');
    expect(refused ? Math.max(next, clock.now() + RETRY_MS) : next);
  }

  const first = environment.nextExpiryMs();
  if (first !== undefined) expect(first);
  return {
    expect,
    close() {
      closed = true;
      cancel?.();
    },
  };
}

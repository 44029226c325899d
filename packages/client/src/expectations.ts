import type { Clock } from '@steersman/machinery';

/** As upstream: what has not been seen by then got lost, and waiting on would stop the controller for good. */
const EXPECTATION_TIMEOUT_MS = 5 * 60_000;

/**
 * Remembers, per owner key, the creates and deletes that a controller has sent and its cache has not shown yet. A plan
 * made while some are outstanding would send them twice.
 */
export interface Expectations {
  /** Call before sending. */
  expectCreations(key: string, count: number): void;
  /** Call before sending; `items` are what `deletionObserved` will name (keys or UIDs). */
  expectDeletions(key: string, items: readonly string[]): void;
  creationObserved(key: string): void;
  deletionObserved(key: string, item: string): void;
  /** True when nothing is outstanding, or has been for five minutes. */
  met(key: string): boolean;
  forget(key: string): void;
}

interface Outstanding {
  creations: number;
  readonly deletions: Set<string>;
  sinceMs: number;
}

/** Expectations of one controller; empty at first, so everything is met. */
export function createExpectations(clock: Pick<Clock, 'monotonic'>): Expectations {
  const byKey = new Map<string, Outstanding>();
  const outstanding = (key: string): Outstanding => {
    let entry = byKey.get(key);
    if (entry === undefined) {
      entry = { creations: 0, deletions: new Set(), sinceMs: 0 };
      byKey.set(key, entry);
    }
    entry.sinceMs = clock.monotonic();
    return entry;
  };
  return {
    expectCreations(key, count) {
      outstanding(key).creations += count;
    },
    expectDeletions(key, items) {
      const { deletions } = outstanding(key);
      for (const item of items) deletions.add(item);
    },
    creationObserved(key) {
      const entry = byKey.get(key);
      if (entry !== undefined && entry.creations > 0) entry.creations -= 1;
    },
    deletionObserved: (key, item) => void byKey.get(key)?.deletions.delete(item),
    met(key) {
      const entry = byKey.get(key);
      if (entry === undefined) return true;
      if (entry.creations === 0 && entry.deletions.size === 0) return true;
      return clock.monotonic() - entry.sinceMs > EXPECTATION_TIMEOUT_MS;
    },
    forget: (key) => void byKey.delete(key),
  };
}

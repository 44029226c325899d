import type { KeyState } from './plan.ts';
import { revisionAt } from './records.ts';

/** A key with a write under way. */
export interface Underway {
  readonly state: KeyState;
  /** Resolves when it is on disk. */
  readonly durable: Promise<void>;
}

/** The newest write of each key, until it is on disk. */
export interface UnderwayWrites {
  get(key: string): Underway | undefined;
  /** Those with keys from `start` to before `end`, in order. */
  range(start: string, end: string): readonly { readonly key: string; readonly write: Underway }[];
  set(key: string, write: Underway): void;
  /** Everything up to the revision is on disk. */
  settle(revision: number): void;
  clear(): void;
}

/**
 * Two tables, the older of which is dropped whole when all of it is on disk. Taking keys out one by one would have the table
 * rebuilt again and again, and V8 keeps the tables that were replaced, with what was in them, until the next full
 * garbage collection.
 */
export function underwayWrites(): UnderwayWrites {
  let settled = 0;
  let young = new Map<string, Underway>();
  let youngest = 0;
  let old = new Map<string, Underway>();
  let oldest = 0;
  const isUnderway = (write: Underway) => revisionAt(write.state.position) > settled;
  return {
    get(key) {
      const write = young.get(key) ?? old.get(key);
      return write !== undefined && isUnderway(write) ? write : undefined;
    },
    range(start, end) {
      const found = new Map<string, Underway>();
      for (const table of [old, young])
        for (const [key, write] of table) if (start <= key && key < end && isUnderway(write)) found.set(key, write);
      return [...found].map(([key, write]) => ({ key, write })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
    },
    set(key, write) {
      young.set(key, write);
      youngest = revisionAt(write.state.position);
    },
    settle(revision) {
      settled = revision;
      if (oldest > settled) return;
      [old, oldest] = youngest > settled ? [young, youngest] : [new Map(), 0];
      young = new Map();
    },
    clear() {
      [young, youngest, old, oldest] = [new Map(), 0, new Map(), 0];
    },
  };
}

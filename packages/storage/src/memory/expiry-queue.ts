import type { Clock } from '@steersman/machinery';

/** One key that is to be deleted at a time, unless it was written again since. */
export interface Expiry {
  readonly key: string;
  /** The write that set it. */
  readonly revision: number;
  /** Wall-clock milliseconds. */
  readonly atMs: number;
}

/** Calls `expire` for each entry once its time has come. One timer, however many entries. */
export interface ExpiryQueue {
  add(entry: Expiry): void;
  close(): void;
}

/** A clock set back must not keep keys for long, nor one timer sleep for days: look again at least this often. */
const LOOK_AGAIN_MS = 60_000;

/** A binary heap by time; entries of keys that were written again are dropped when their time comes. */
export function createExpiryQueue(clock: Clock, expire: (entry: Expiry) => void): ExpiryQueue {
  const heap: Expiry[] = [];
  let cancel: (() => void) | undefined;
  let timerAtMs = Number.POSITIVE_INFINITY;

  function arm(): void {
    const first = heap[0];
    if (first === undefined || (cancel !== undefined && timerAtMs <= first.atMs)) return;
    cancel?.();
    const delayMs = Math.min(Math.max(0, first.atMs - clock.now()), LOOK_AGAIN_MS);
    timerAtMs = clock.now() + delayMs;
    cancel = clock.schedule(delayMs, () => {
      cancel = undefined;
      const nowMs = clock.now();
      while (heap[0] !== undefined && heap[0].atMs <= nowMs) expire(pop(heap));
      arm();
    });
  }

  return {
    add(entry) {
      push(heap, entry);
      arm();
    },
    close() {
      cancel?.();
      cancel = undefined;
      heap.length = 0;
    },
  };
}

function push(heap: Expiry[], entry: Expiry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]!.atMs <= entry.atMs) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

/** Takes the earliest entry off a heap that is not empty. */
function pop(heap: Expiry[]): Expiry {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child += 1;
    if (heap[child]!.atMs >= last.atMs) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}

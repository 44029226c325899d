import type { Clock } from '@steersman/machinery';
import { createHeap } from './heap.ts';

/** Hands out items when their time has come, with one timer however many there are. */
export interface TimedHeap<T> {
  /** `atMs`: monotonic milliseconds. */
  add(item: T, atMs: number): void;
  close(): void;
}

export function createTimedHeap<T>(clock: Clock, onDue: (item: T) => void): TimedHeap<T> {
  const heap = createHeap<{ readonly item: T; readonly atMs: number }>((a, b) => a.atMs < b.atMs);
  let timer: { readonly atMs: number; readonly cancel: () => void } | undefined;

  function arm(): void {
    const atMs = heap.peek()?.atMs;
    if (atMs === undefined || (timer !== undefined && timer.atMs <= atMs)) return;
    timer?.cancel();
    const cancel = clock.schedule(Math.max(0, atMs - clock.monotonic()), () => {
      timer = undefined;
      const nowMs = clock.monotonic();
      for (let first = heap.peek(); first !== undefined && first.atMs <= nowMs; first = heap.peek()) {
        heap.pop();
        onDue(first.item);
      }
      arm();
    });
    timer = { atMs, cancel };
  }

  return {
    add(item, atMs) {
      heap.push({ item, atMs });
      arm();
    },
    close: () => timer?.cancel(),
  };
}

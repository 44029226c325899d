/** Work of which only so much may be under way at once; the rest waits in the order in which it came. */
export type Gate = <T>(work: () => Promise<T>, signal: AbortSignal | undefined) => Promise<T>;

/** Rejects with the signal's reason, without starting the work, when it has aborted by the work's turn. */
export function gate(atOnceMax: number): Gate {
  const waiting: (() => void)[] = [];
  let free = atOnceMax;

  async function enter(): Promise<void> {
    if (free > 0) {
      free -= 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    await promise;
  }

  /** The place goes to whoever waits longest, not to whoever comes by. */
  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }

  return async (work, signal) => {
    await enter();
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      leave();
    }
  };
}

import type { Clock } from '@steersman/machinery';

/** Bindings under way at once: enough to hide the API server's latency, a third of the writes it takes at once by default. */
const BINDINGS_MAX = 64;
/** Scheduling goes on for this long before others get the event loop. */
const STRETCH_MS_MAX = 5;

/** Calls `step` as long as there is something to do, one step after the other. */
export interface SchedulingLoop {
  /** There may be something to do. */
  wake(): void;
  /** Works until the signal aborts and every binding has ended. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SchedulingLoopOptions {
  readonly clock: Clock;
  /** 'idle': nothing to do; a promise: a binding that goes on beside. */
  readonly step: () => 'idle' | Promise<void> | undefined;
  /** Called after each stretch of work. */
  readonly onPause: () => void;
}

export function createSchedulingLoop({ clock, step, onPause }: SchedulingLoopOptions): SchedulingLoop {
  let signal: AbortSignal | undefined;
  let ended: (() => void) | undefined;
  let isDue = false;
  let bindings = 0;

  function wake(): void {
    if (signal === undefined || signal.aborted || isDue || bindings >= BINDINGS_MAX) return;
    isDue = true;
    setImmediate(work);
  }

  function work(): void {
    isDue = false;
    const startedMs = clock.monotonic();
    while (signal?.aborted === false && bindings < BINDINGS_MAX) {
      if (clock.monotonic() - startedMs > STRETCH_MS_MAX) {
        wake();
        break;
      }
      const result = step();
      if (result === 'idle') break;
      if (result !== undefined) follow(result);
    }
    onPause();
  }

  function follow(binding: Promise<void>): void {
    bindings += 1;
    void binding.then(() => {
      bindings -= 1;
      if (bindings === 0 && signal?.aborted === true) ended?.();
      wake();
    });
  }

  return {
    wake,
    async run(until) {
      signal = until;
      wake();
      await new Promise<void>((resolve) => {
        ended = resolve;
        const stop = () => {
          if (bindings === 0) resolve();
        };
        if (until.aborted) stop();
        else until.addEventListener('abort', stop, { once: true });
      });
    },
  };
}

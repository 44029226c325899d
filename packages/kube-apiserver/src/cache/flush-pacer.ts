import type { Clock } from '@steersman/machinery';

/** How long watchers are written to before everything else gets a turn. */
const SLICE_MS_MAX = 5;
/** How much longer than a flush the pause after it is: a third of the time at most goes into writes to watchers. */
const PAUSE_FACTOR = 2;
/** The longest pause between two flushes: still unnoticed by whoever waits for an event. */
const PAUSE_MS_MAX = 40;
/** Timers are no finer than this. */
const PAUSE_MS_MIN = 1;

/** What waits for the watchers of one resource. */
export interface Flush {
  /** Sends until nothing is left (true) or `late` says that others must have their turn; then it is called again. */
  run(late: () => boolean): boolean;
  /** Called after `run` has returned true. What has come meanwhile may ask for the next flush here. */
  finished(): void;
}
/** Has a flush run soon. To be called again only when it has finished. */
export type Pace = (flush: Flush) => void;

/**
 * Decides when what waits for watchers is sent: at the end of the turn while that is cheap. A flush costs a write per watcher,
 * however much each brings; so after one that took long there is a pause in which more events gather for the next. Flushes of all
 * resources share the slices, so that thousands of watchers do not hold up the event loop.
 */
export function pacedFlushes(afterTurn: (callback: () => void) => void, clock: Clock): Pace {
  const ready: { readonly flush: Flush; spentMs: number }[] = [];
  const notBefore = new WeakMap<Flush, number>();
  let armed = false;
  const arm = () => {
    if (armed) return;
    armed = true;
    afterTurn(runSlice);
  };
  function runSlice(): void {
    armed = false;
    const sliceEnd = clock.monotonic() + SLICE_MS_MAX;
    const late = () => clock.monotonic() >= sliceEnd;
    for (let next = ready[0]; next !== undefined; next = ready[0]) {
      const startedAt = clock.monotonic();
      const done = next.flush.run(late);
      const endedAt = clock.monotonic();
      next.spentMs += endedAt - startedAt;
      if (done) {
        ready.shift();
        notBefore.set(next.flush, endedAt + Math.min(next.spentMs * PAUSE_FACTOR, PAUSE_MS_MAX));
        next.flush.finished();
      }
      if (endedAt >= sliceEnd) break;
    }
    if (ready.length > 0) arm();
  }
  return (flush) => {
    const add = () => {
      ready.push({ flush, spentMs: 0 });
      arm();
    };
    const pauseMs = (notBefore.get(flush) ?? 0) - clock.monotonic();
    if (pauseMs < PAUSE_MS_MIN) add();
    else clock.schedule(pauseMs, add);
  };
}

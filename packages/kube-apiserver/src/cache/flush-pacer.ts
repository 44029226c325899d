import type { Clock } from '@steersman/machinery';

/** The longest pause between two flushes: still unnoticed by whoever waits for an event. */
const PAUSE_MS_MAX = 20;
/** Timers are no finer than this. */
const PAUSE_MS_MIN = 1;

/**
 * Decides when what waits for watchers is sent: at the end of the turn while that is cheap. A flush costs a write per watcher,
 * however much each brings; so after one that took long, the next waits as long, and more events share its writes. Half the
 * time is thus left for everything else, however many watch.
 */
export function pacedFlushes(afterTurn: (callback: () => void) => void, clock: Clock): (flush: () => void) => void {
  let notBefore = 0;
  return (flush) => {
    const run = () => {
      const startedAt = clock.monotonic();
      flush();
      const endedAt = clock.monotonic();
      notBefore = endedAt + Math.min(endedAt - startedAt, PAUSE_MS_MAX);
    };
    const pauseMs = notBefore - clock.monotonic();
    if (pauseMs < PAUSE_MS_MIN) afterTurn(run);
    else clock.schedule(pauseMs, run);
  };
}

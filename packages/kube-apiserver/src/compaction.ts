import type { Clock, Logger } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';

/** History older than one to two of these is given up, as upstream's default. */
export const COMPACTION_INTERVAL_MS = 5 * 60_000;
/** So many revisions an embedded store keeps at most: two minutes of the fastest writes measured, some 2 GB on disk. */
export const HISTORY_REVISIONS_MAX = 1_000_000;
/** How often their number is looked at. */
const LOOK_INTERVAL_MS = 10_000;

export interface CompactionOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** 0: somebody else compacts. */
  readonly intervalMs?: number | undefined;
  /** Without it, history is bounded by age alone, as upstream bounds etcd's. */
  readonly revisionsMax?: number | undefined;
}

/** Forgets old history of the store again and again until `signal` aborts, so that it cannot grow without end. */
export function keepCompacting(options: CompactionOptions): void {
  const { storage, clock, log, signal, intervalMs = COMPACTION_INTERVAL_MS, revisionsMax } = options;
  if (intervalMs === 0) return;
  const lookMs = revisionsMax === undefined ? intervalMs : Math.min(intervalMs, LOOK_INTERVAL_MS);
  let old: number | undefined;
  let markedAt = clock.monotonic();
  /** Up to where history is to be forgotten; undefined when nothing is due. */
  async function due(now: number): Promise<number | undefined> {
    // Half a look early is on time: timers need not be exact.
    if (clock.monotonic() - markedAt >= intervalMs - lookMs / 2) {
      markedAt = clock.monotonic();
      const target = old;
      old = now;
      if (target !== undefined) return target;
    }
    if (revisionsMax === undefined) return undefined;
    return now - (await storage.compactedRevision()) > revisionsMax ? now - revisionsMax : undefined;
  }
  async function compact(): Promise<void> {
    const target = await due(await storage.currentRevision());
    if (target !== undefined && target > 1) await storage.compact(target);
  }
  const tick = () => {
    compact()
      .catch((error: unknown) => log.warn('The store was not compacted', { error: String(error) }))
      .finally(() => {
        if (!signal.aborted) cancel = clock.schedule(lookMs, tick);
      });
  };
  let cancel = clock.schedule(lookMs, tick);
  signal.addEventListener('abort', () => cancel(), { once: true });
}

import type { Clock, Logger } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';

/** History older than one to two of these is given up, as upstream's default. */
export const COMPACTION_INTERVAL_MS = 5 * 60_000;

/** Forgets old history of the store again and again until `signal` aborts, so that it cannot grow without end. */
export function keepCompacting(
  storage: Storage,
  clock: Clock,
  log: Logger,
  signal: AbortSignal,
  intervalMs = COMPACTION_INTERVAL_MS,
): void {
  if (intervalMs === 0) return; // Somebody else compacts.
  let before: number | undefined;
  const compact = async () => {
    const now = await storage.currentRevision();
    if (before !== undefined && before > 1) await storage.compact(before);
    before = now;
  };
  const tick = () => {
    compact()
      .catch((error: unknown) => log.warn('The store was not compacted', { error: String(error) }))
      .finally(() => {
        if (!signal.aborted) cancel = clock.schedule(intervalMs, tick);
      });
  };
  let cancel = clock.schedule(intervalMs, tick);
  signal.addEventListener('abort', () => cancel(), { once: true });
}

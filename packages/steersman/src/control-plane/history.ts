/** Forgets old revisions of the store, as upstream's API server does for etcd. */
import type { Effects } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';

/** Upstream's --etcd-compaction-interval: watches can resume from at least this long ago. */
const INTERVAL_MS = 300_000;

/** Every interval, forgets what was already history an interval ago. Runs until the signal aborts. */
export async function keepHistoryShort(storage: Storage, { clock, log }: Effects, signal: AbortSignal): Promise<void> {
  for (let then = await storage.currentRevision(); ; ) {
    try {
      await clock.sleep(INTERVAL_MS, signal);
    } catch {
      return; // Ended.
    }
    const now = await storage.currentRevision();
    if (then > (await storage.compactedRevision())) {
      await storage.compact(then).catch((error: unknown) => log.warn('Compaction failed', { error: String(error) }));
    }
    then = now;
  }
}

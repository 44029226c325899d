/** History that nobody asked to be forgotten: Kubernetes' servers compact by themselves, others need this. */
import type { Clock, Logger } from '@steersman/machinery';
import type { Storage } from '../contract.ts';
import { isStorageError } from '../error.ts';

/** How often the revision mode looks, as etcd does. */
const REVISION_LOOK_MS = 300_000;
/** In the periodic mode: looks per retention time, of an hour at most. */
const LOOKS_PER_RETENTION = 10;
const RETENTION_STEP_MS_MAX = 3_600_000;

export interface AutoCompaction {
  readonly mode: 'periodic' | 'revision';
  /** Milliseconds or revisions; 0: never. */
  readonly retention: number;
}

export interface AutoCompactionOptions extends AutoCompaction {
  readonly storage: Pick<Storage, 'currentRevision' | 'compact'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Compacts until the returned function is called. */
export function startAutoCompaction({ mode, retention, storage, clock, log }: AutoCompactionOptions): () => void {
  if (retention <= 0) return () => undefined;
  const seen: { readonly atMs: number; readonly revision: number }[] = [];
  const stepMs =
    mode === 'revision' ? REVISION_LOOK_MS : Math.min(retention, RETENTION_STEP_MS_MAX) / LOOKS_PER_RETENTION;

  async function target(): Promise<number> {
    const revision = await storage.currentRevision();
    if (mode === 'revision') return revision - retention;
    const now = clock.monotonic();
    seen.push({ atMs: now, revision });
    let old = 0;
    while (seen[0] !== undefined && seen[0].atMs <= now - retention) old = seen.shift()!.revision;
    return old;
  }

  async function look(): Promise<void> {
    try {
      const revision = await target();
      if (revision > 0) await storage.compact(revision);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      log.warn('History could not be compacted', { error: error.message });
    }
  }

  let closed = false;
  let cancel = () => {};
  const next = () => {
    if (!closed) cancel = clock.schedule(stepMs, () => void look().finally(next));
  };
  next();
  return () => {
    closed = true;
    cancel();
  };
}

import { type Clock, fifo, type Logger } from '@steersman/machinery';
import { StorageError } from '../error.ts';
import type { Environment, Write } from './environment.ts';

/** Commits that go to disk in one batch: enough for every writer there is, small enough to be on disk in milliseconds. */
const COMMITS_PER_BATCH_MAX = 1024;
/** The same bound for large values. */
const BYTES_PER_BATCH_MAX = 16 * 1024 * 1024;

/** How long after a failure the disk is tried again. */
export const RETRY_MS = 1000;

/** Writes that go to disk together or not at all. */
export interface Commit {
  readonly writes: readonly Write[];
}

/** One writer: commits in the order they came, in batches, one batch at a time. */
export interface Committer<C extends Commit> {
  /** Resolves once the commit is on disk and `onBatch` knows; rejects with StorageError 'unavailable'. */
  commit(commit: C): Promise<void>;
  /** Resolves when everything accepted so far is on disk; never rejects. */
  settled(): Promise<void>;
  /** Refuses further commits with this error. */
  refuse(error: StorageError): void;
  /** Throws when commits are refused. */
  check(): void;
}

interface Pending<C> {
  readonly commit: C;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface CommitterOptions<C extends Commit> {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after each batch that reached the disk, before its writers are told, with the commits of it. */
  readonly onBatch: (commits: readonly C[]) => void;
  /** Called when a batch has failed. */
  readonly onFailure: () => void;
  /** Whether nothing of what failed is in the tables: asked before commits are taken again. */
  readonly isIntact: () => boolean;
}

function sizeOf(commit: Commit): number {
  let bytes = 0;
  for (const { value } of commit.writes) bytes += value instanceof Uint8Array ? value.length : 0;
  return bytes;
}

/**
 * A failed batch fails with everything that waits behind it, because what waits was planned on top of it. From then on nothing is
 * accepted until the disk has taken a small write, which is tried again and again.
 */
export function createCommitter<C extends Commit>(options: CommitterOptions<C>): Committer<C> {
  const { environment, clock, log } = options;
  const waiting = fifo<Pending<C>>();
  let closing: StorageError | undefined;
  let failure: StorageError | undefined;
  let cancelRetry: (() => void) | undefined;
  let batch: Promise<void> | undefined;
  let scheduled = false;

  function take(): Pending<C>[] {
    const taken: Pending<C>[] = [];
    let bytes = 0;
    while (taken.length < COMMITS_PER_BATCH_MAX && bytes < BYTES_PER_BATCH_MAX) {
      const next = waiting.shift();
      if (next === undefined) break;
      bytes += sizeOf(next.commit);
      taken.push(next);
    }
    return taken;
  }

  function schedule(): void {
    if (scheduled || batch !== undefined || waiting.length === 0) return;
    scheduled = true;
    // At the end of this turn of the event loop, so that all who write in it share a batch.
    setImmediate(() => {
      scheduled = false;
      batch = writeBatch(take()).then(() => {
        batch = undefined;
        schedule();
      });
    });
  }

  async function writeBatch(pending: readonly Pending<C>[]): Promise<void> {
    try {
      await environment.commit(pending.flatMap(({ commit }) => commit.writes));
    } catch (error) {
      fail(pending, error);
      return;
    }
    options.onBatch(pending.map(({ commit }) => commit));
    for (const { resolve } of pending) resolve();
  }

  function fail(pending: readonly Pending<C>[], cause: unknown): void {
    log.error('A write to the store failed; it is read-only until the disk takes writes again', { error: cause });
    const message = `writing to the store failed (${String(cause)}): it is read-only until the disk takes writes again`;
    const error = new StorageError('unavailable', message, { cause });
    failure = error;
    options.onFailure();
    for (const { reject } of pending) reject(error);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next.reject(error);
    retryLater();
  }

  function retryLater(): void {
    if (closing !== undefined) return;
    cancelRetry = clock.schedule(RETRY_MS, () => {
      batch = retry().finally(() => {
        batch = undefined;
        schedule();
      });
    });
  }

  async function retry(): Promise<void> {
    try {
      await environment.commit([{ table: 'meta', key: 'retried', value: clock.now() }]);
    } catch {
      retryLater();
      return;
    }
    if (options.isIntact()) {
      failure = undefined;
      log.info('The store takes writes again');
    } else log.error('A write that failed is on disk nevertheless: the store is read-only until it is opened again');
  }

  return {
    commit(commit) {
      const refusal = closing ?? failure;
      if (refusal !== undefined) return Promise.reject(refusal);
      return new Promise((resolve, reject) => {
        waiting.push({ commit, resolve, reject });
        schedule();
      });
    },
    async settled() {
      while (scheduled || batch !== undefined || waiting.length > 0)
        await (batch ?? new Promise((resolve) => setImmediate(resolve)));
    },
    refuse(error) {
      closing ??= error;
      cancelRetry?.();
    },
    check() {
      const refusal = closing ?? failure;
      if (refusal !== undefined) throw refusal;
    },
  };
}

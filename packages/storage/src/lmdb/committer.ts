import { fifo, type Logger } from '@steersman/machinery';
import { StorageError } from '../error.ts';
import type { Environment, Write } from './environment.ts';

/** Commits that go to disk in one batch: enough for every writer there is, small enough to be on disk in milliseconds. */
const COMMITS_PER_BATCH_MAX = 1024;
/** The same bound for large values. */
const BYTES_PER_BATCH_MAX = 16 * 1024 * 1024;

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
  readonly log: Logger;
  /** Called after each batch that reached the disk, before its writers are told, with the commits of it. */
  readonly onBatch: (commits: readonly C[]) => void;
  /** Called once, when a batch has failed. */
  readonly onFailure: () => void;
}

function sizeOf(commit: Commit): number {
  let bytes = 0;
  for (const { value } of commit.writes) bytes += value instanceof Uint8Array ? value.length : 0;
  return bytes;
}

/**
 * A failed batch fails with everything that waits behind it, because what waits was planned on top of it; from then on
 * nothing is accepted.
 */
export function createCommitter<C extends Commit>(options: CommitterOptions<C>): Committer<C> {
  const { environment, log } = options;
  const waiting = fifo<Pending<C>>();
  let refusal: StorageError | undefined;
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
    log.error('A write to the store failed; it is read-only until it is opened again', { error: cause });
    const message = `writing to the store failed (${String(cause)}): it is read-only until it is opened again`;
    refusal = new StorageError('unavailable', message, { cause });
    options.onFailure();
    for (const { reject } of pending) reject(refusal);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next.reject(refusal);
  }

  return {
    commit(commit) {
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
      refusal ??= error;
    },
    check() {
      if (refusal !== undefined) throw refusal;
    },
  };
}

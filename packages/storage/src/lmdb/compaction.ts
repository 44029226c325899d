import type { Environment, Write } from './environment.ts';
import { positionOf } from './records.ts';

/** Log records looked at per batch: so that writers wait some milliseconds at most behind compaction's own commit. */
const RECORDS_PER_BATCH_MAX = 250;

/** What was decided about one stretch of the log. */
export interface CompactionBatch {
  readonly writes: readonly Write[];
  /** The first position not looked at; undefined when there is none up to the revision. */
  readonly next: number | undefined;
}

/**
 * Plans the next stretch of forgetting everything that no revision from `revision` on can see: each record that a
 * later one (up to `revision`) replaces, and deletions. Walks the log since the last compaction only, so that its
 * cost is that of the writes since then. `isPending(key)`: the key has writes that are not in the tables yet.
 */
export function planCompaction(
  environment: Environment,
  revision: number,
  from: number,
  isPending: (key: string) => boolean,
): CompactionBatch {
  const end = positionOf(revision + 1, 0);
  const writes: Write[] = [];
  const snapshot = environment.snapshot();
  try {
    let looked = 0;
    for (const { key: position, value: record } of snapshot.logFrom(from)) {
      if (position >= end) break;
      if (looked >= RECORDS_PER_BATCH_MAX) return { writes, next: position };
      looked += 1;
      if (record.previous !== 0) writes.push({ table: 'log', key: record.previous });
      if (record.kind === 'put') continue;
      writes.push({ table: 'log', key: position });
      // The tombstone goes only if it is still this one: the key may have come back and gone again.
      if (!isPending(record.key) && environment.tombstone(record.key) === position)
        writes.push({ table: 'tombstones', key: record.key });
    }
  } finally {
    snapshot.release();
  }
  return { writes, next: undefined };
}

export interface CompactorOptions {
  readonly environment: Environment;
  readonly commit: (writes: readonly Write[]) => Promise<void>;
  readonly isUnderway: (key: string) => boolean;
}

export interface Compactor {
  /** The oldest revision that can be read. */
  readonly revision: number;
  /** Resolves when everything before the revision is gone; one after the other. */
  compact(revision: number): Promise<void>;
  /** Goes on where the last process stopped. Never rejects. */
  resume(): Promise<void>;
  /** Resolves when no compaction is under way. Call it after commits are refused, which ends one that is. */
  stopped(): Promise<void>;
}

export function createCompactor({ environment, commit, isUnderway }: CompactorOptions): Compactor {
  let revision = environment.meta('compacted') ?? 0;
  let pruned = environment.meta('pruned') ?? 0; // Everything before this position has been looked at.
  let last: Promise<void> = Promise.resolve();

  async function prune(): Promise<void> {
    const end = positionOf(revision + 1, 0);
    while (pruned < end) {
      const batch = planCompaction(environment, revision, pruned, isUnderway);
      const next = batch.next ?? end;
      await commit([...batch.writes, { table: 'meta', key: 'pruned', value: next }]);
      pruned = next;
    }
  }

  async function compact(target: number): Promise<void> {
    if (target > revision) {
      // First on disk that older revisions cannot be read, then what makes it so.
      await commit([{ table: 'meta', key: 'compacted', value: target }]);
      revision = target;
    }
    await prune();
  }

  function enqueue(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    last = done.catch(() => {}); // Told to whoever asked for it.
    return done;
  }

  return {
    get revision() {
      return revision;
    },
    compact: (target) => enqueue(() => compact(target)),
    resume: () => enqueue(prune).catch(() => {}),
    stopped: () => last,
  };
}

/**
 * What clients saw during a run: the only thing the checkers look at, so that any verdict can be reached again from the file.
 * It speaks of keys and revisions, not of Kubernetes: the same words describe the API (a resourceVersion is a revision) and a
 * bare store.
 */

/** Microseconds of the recorder's monotonic clock; one recorder makes all records of a run. */
export type Instant = number;

/** One version of one key. `value` names the write that made it and is never used twice in a run. */
export interface Item {
  readonly key: string;
  readonly value: string;
  /** What selectors select by. */
  readonly color: string;
  readonly revision: number;
  /** Tells it from another object that had the key before: a uid, or the revision of its creation. Absent where nobody says. */
  readonly identity?: string;
}

/** A write happens only if each of these holds: the key is at that revision, is absent (0), or exists (at any revision). */
export interface Expectation {
  readonly key: string;
  readonly revision: number | 'any';
}
export type Change =
  /** With `ttlSeconds` it goes by itself, not before that time is over. */
  | {
      readonly key: string;
      readonly kind: 'put';
      readonly value: string;
      readonly color: string;
      readonly ttlSeconds?: number;
    }
  | { readonly key: string; readonly kind: 'delete' };

export type Request =
  | {
      readonly kind: 'write';
      readonly expect: readonly Expectation[];
      readonly changes: readonly Change[];
      /** Another way in than the plain one: the status of the object, or server-side apply. */
      readonly via?: 'status' | 'apply';
    }
  /** Deletes all keys of a color, one after the other, each in a revision of its own. */
  | { readonly kind: 'purge'; readonly color: string }
  /** With `atLeast` a cache may answer that has come to that revision. */
  | { readonly kind: 'read'; readonly key: string; readonly atLeast?: number }
  | {
      readonly kind: 'list';
      /** Everything acknowledged so far, whatever a cache has, or exactly that revision. */
      readonly at: 'newest' | 'cached' | number;
      /** Of what a cache has: not before it has come to that revision. */
      readonly atLeast?: number;
      readonly color?: string;
      /** Asked for in pages of this many keys. */
      readonly pageSize?: number;
    };

export type Outcome =
  /** `revision` is absent where the answer does not tell it (a deletion through the API; a purge, which has many). */
  | { readonly kind: 'written'; readonly revision?: number }
  | { readonly kind: 'found'; readonly item: Item }
  /** `revisions` has one entry per page. */
  | { readonly kind: 'listed'; readonly revisions: readonly number[]; readonly items: readonly Item[] }
  /** The server said no, and why. */
  | { readonly kind: 'refused'; readonly reason: 'exists' | 'absent' | 'conflict' | 'expired' | 'future' }
  /** Nobody knows whether it happened. */
  | { readonly kind: 'unknown'; readonly error: string }
  /** It certainly did not happen. */
  | { readonly kind: 'failed'; readonly error: string };

export interface OperationRecord {
  readonly record: 'operation';
  /** Who asked; absent: somebody who always asks the same server. */
  readonly client?: string;
  readonly server: string;
  readonly invokedAt: Instant;
  readonly returnedAt: Instant;
  readonly request: Request;
  readonly outcome: Outcome;
}

export type WatchEvent =
  /** `kind` as the watcher was told: relative to its selector. */
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly item: Item; readonly previous?: Item }
  /** Every event up to this revision was delivered; `initial` ends the events that stand for the state at the beginning. */
  | { readonly kind: 'progress'; readonly revision: number; readonly initial?: true };

export interface WatchRecord {
  readonly record: 'watch';
  readonly server: string;
  readonly openedAt: Instant;
  readonly closedAt: Instant;
  /** Asked for what came after this revision, or for the state first and then for what comes after it. */
  readonly after: number | 'state';
  readonly color?: string;
  /** Events that arrived together, with the time of arrival. */
  readonly batches: readonly { readonly at: Instant; readonly events: readonly WatchEvent[] }[];
  /** Who ended it; `expired`: the server said that the revision is compacted. */
  readonly end: 'client' | 'server' | 'broken' | 'expired' | 'future';
}

export interface FaultRecord {
  readonly record: 'fault';
  readonly name: string;
  readonly from: Instant;
  readonly to: Instant;
  /** How often it showed: packets dropped, flushes that took longer, writes that found no room. 0: it did nothing. */
  readonly felt: number;
}

/**
 * Writes of every color made when nothing was wrong, and how far everybody who watches had come at most half a minute later: each
 * should have been told of them, whoever follows from watch to watch and every single watch that was open all the time.
 */
export interface CheckpointRecord {
  readonly record: 'checkpoint';
  /** When all of it had been written. */
  readonly from: Instant;
  /** For how long everybody was waited for. */
  readonly at: Instant;
  /** The newest revision, and the newest of each color. */
  readonly revision: number;
  readonly colors: Readonly<Record<string, number>>;
  readonly followers: readonly { readonly server: string; readonly color?: string; readonly reached: number }[];
  /** Servers that took no write or answered no list in all that time, though they said that they are well. */
  readonly silent: readonly string[];
}

/** What one server, or one member of the store, holds when all has calmed down. */
export interface FinalRecord {
  readonly record: 'final';
  readonly source: string;
  readonly via: 'cache' | 'store';
  readonly revision: number;
  readonly items: readonly Item[];
}
/** A member's own hash over its keyspace at a revision. */
export interface HashRecord {
  readonly record: 'hash';
  readonly source: string;
  readonly revision: number;
  readonly hash: string;
}

export type HistoryRecord = OperationRecord | WatchRecord | FaultRecord | CheckpointRecord | FinalRecord | HashRecord;

export interface History {
  readonly operations: readonly OperationRecord[];
  readonly watches: readonly WatchRecord[];
  readonly faults: readonly FaultRecord[];
  readonly checkpoints: readonly CheckpointRecord[];
  readonly finals: readonly FinalRecord[];
  readonly hashes: readonly HashRecord[];
}

/** Sorts records by kind; operations by the time they were invoked. */
export function historyOf(records: readonly HistoryRecord[]): History {
  const only = <K extends HistoryRecord['record']>(kind: K) =>
    records.filter((record): record is Extract<HistoryRecord, { record: K }> => record.record === kind);
  return {
    operations: only('operation').sort((a, b) => a.invokedAt - b.invokedAt),
    watches: only('watch'),
    faults: only('fault'),
    checkpoints: only('checkpoint'),
    finals: only('final'),
    hashes: only('hash'),
  };
}

/** The inverse of writing one JSON record a line; of chunks, because half an hour's do not fit into a text. A last line that was cut off is left out. */
export async function parseHistory(chunks: AsyncIterable<string> | Iterable<string>): Promise<History> {
  const records: HistoryRecord[] = [];
  let begun = '';
  for await (const chunk of chunks) {
    const lines = (begun + chunk).split('\n');
    begun = lines.pop() ?? '';
    for (const line of lines) if (line !== '') records.push(JSON.parse(line) as HistoryRecord);
  }
  return historyOf(records);
}

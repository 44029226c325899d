import type { Clock } from '@steersman/machinery';
import type { EventBatch, KeyValue, RangeRequest, RangeResult, Storage } from '../contract.ts';
import { errors } from '../error.ts';
import type { Environment, Snapshot } from './environment.ts';
import { readHistory, readRange, scanRange, versionAt } from './reader.ts';
import { itemOf, positionOf, revisionAt } from './records.ts';

export interface ReadsOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly revisions: {
    /** The last one that watchers were told of, the last one given to a write, and the oldest that can be read. */
    readonly published: () => number;
    readonly assigned: () => number;
    readonly compacted: () => number;
  };
}

/** Reading of what is on disk. Never waits for writes. */
export interface Reads {
  get(key: string, revision: number | undefined): { readonly item: KeyValue | undefined; readonly revision: number };
  range(request: RangeRequest): Promise<RangeResult>;
  scan: NonNullable<Storage['scan']>;
  reread: NonNullable<Storage['reread']>;
  history(afterRevision: number): Promise<EventBatch>;
  /** Resolves when no read is under way. */
  ended(): Promise<void>;
}

export function createReads({ environment, clock, revisions }: ReadsOptions): Reads {
  let underway = 0;

  /** The tables can be ahead of what was published, by the batch that is being written. */
  function visibleRevision(): number {
    const published = revisions.published();
    if (revisions.assigned() === published) return published;
    return Math.max(published, revisionAt(environment.lastPosition()));
  }

  /** The revision to read at, and the newest one in the tables. */
  function readable(wanted: number | undefined): { readonly revision: number; readonly newest: number } {
    const newest = visibleRevision();
    if (wanted === undefined) return { revision: newest, newest };
    if (wanted > newest) throw errors.futureRevision(wanted, newest);
    if (wanted < revisions.compacted()) throw errors.compacted(wanted, revisions.compacted());
    return { revision: wanted, newest };
  }

  async function withSnapshot<T>(read: (snapshot: Snapshot) => T | Promise<T>): Promise<T> {
    const snapshot = environment.snapshot();
    underway += 1;
    try {
      return await read(snapshot);
    } finally {
      snapshot.release();
      underway -= 1;
    }
  }

  return {
    get(key, wanted) {
      const { revision, newest } = readable(wanted);
      const header = environment.header(key);
      const isInForce = header !== undefined && revisionAt(header.position) <= revision;
      if (header === undefined && revision >= newest) return { item: undefined, revision };
      if (isInForce) return { item: itemOf(environment.log(header.position)!, header.position), revision };
      const found = versionAt(environment, header?.position ?? environment.tombstone(key) ?? 0, revision);
      return { item: found && itemOf(found.record, found.position), revision };
    },
    async range(request) {
      const { revision, newest } = readable(request.revision);
      return withSnapshot((snapshot) => readRange(snapshot, request, revision, newest, clock));
    },
    async scan(request, visit) {
      const { revision } = readable(undefined);
      await withSnapshot((snapshot) => scanRange(snapshot, request, visit, clock));
      return revision;
    },
    reread: (modRevision, place) => environment.passingValue(positionOf(modRevision, place)),
    history: (afterRevision) => withSnapshot((snapshot) => readHistory(snapshot, afterRevision)),
    async ended() {
      while (underway > 0) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/**
 * The storage seam: an MVCC key-value store with one revision counter, as etcd v3 defines it.
 * Every engine (memory, LMDB, later etcd) passes the same conformance suite, exported as `describeStorage`.
 */

/** One version of one key. `value` must not be changed by anyone. */
export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision at which the key came to exist, at which it was last written, and writes since it came to exist. */
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  /** The lease that it was put with; engines without leases of their own leave it out. */
  readonly lease?: bigint;
}

export interface RangeRequest {
  /** First key, inclusive, and end, exclusive. `prefixEnd(start)` makes the end of a prefix. */
  readonly start: string;
  readonly end: string;
  /** Read as of this revision; absent: the newest. */
  readonly revision?: number;
  readonly limit?: number;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  /** Nobody asks for `count`: it may be any number then. Whoever reads everything page by page saves a walk over the rest at each. */
  readonly uncounted?: boolean;
}
export interface RangeResult {
  readonly items: readonly KeyValue[];
  /** The revision the answer describes: the requested one, or the newest. */
  readonly revision: number;
  readonly more: boolean;
  /** Keys in the whole range, not only in `items`. */
  readonly count: number;
}

export type Compare =
  | { readonly key: string; readonly target: 'modRevision'; readonly equals: number } // 0: does not exist.
  | { readonly key: string; readonly target: 'version'; readonly equals: number };
export type Operation =
  | { readonly kind: 'put'; readonly key: string; readonly value: Uint8Array; readonly ttlSeconds?: number }
  | { readonly kind: 'delete'; readonly key: string };
export interface Transaction {
  readonly when: readonly Compare[];
  readonly write: readonly Operation[];
}
export type TransactionResult =
  | { readonly succeeded: true; readonly revision: number }
  /** `current` holds, for each compared key in order, what is stored now. */
  | { readonly succeeded: false; readonly revision: number; readonly current: readonly (KeyValue | undefined)[] };

/** The value of a put's `previous` may be read while the handler runs, and not later. */
export type StorageEvent =
  | { readonly kind: 'put'; readonly current: KeyValue; readonly previous: KeyValue | undefined }
  | { readonly kind: 'delete'; readonly key: string; readonly revision: number; readonly previous: KeyValue };

/** All events of one or more whole revisions, in order; `revision` is the last of them. May be empty: progress. */
export interface EventBatch {
  readonly events: readonly StorageEvent[];
  readonly revision: number;
}
export interface WatchRequest {
  readonly start: string;
  readonly end: string;
  /** Events with a revision greater than this one; absent: from now on. */
  readonly afterRevision?: number;
}
export interface StorageWatch {
  /** Ends it; the handler is not called again. */
  close(): void;
  /** Resolves when closed by the caller, rejects with a StorageError when the engine ends it. */
  readonly done: Promise<void>;
}

/**
 * Promises: revisions grow by one per successful transaction that wrote, across all keys. A resolved write of a durable
 * engine survives kill -9 and power loss. Events arrive in revision order, none twice, none missing, and never
 * before the write that caused them is durable. Reads never wait for writes.
 * Not promised: that a write whose promise was rejected with code 'unavailable' did not happen.
 */
export interface Storage {
  /** The newest durable revision. Asynchronous because an engine may have to ask others. */
  currentRevision(): Promise<number>;
  get(
    key: string,
    options?: { readonly revision?: number },
  ): Promise<{ readonly item: KeyValue | undefined; readonly revision: number }>;
  range(request: RangeRequest): Promise<RangeResult>;
  /**
   * Shows `visit` every key from `start` to before `end` as of the newest revision, in order, and resolves with that revision. A value is
   * only good until `visit` returns, so that none is copied for it; `place` is where `reread` finds it. Engines that have no cheaper way
   * than `range` leave both out.
   */
  scan?(request: Pick<RangeRequest, 'start' | 'end'>, visit: (item: KeyValue, place: number) => void): Promise<number>;
  /**
   * A value that a scan has shown, by its `modRevision` and place, at once. Only good until anything else is read. Undefined once
   * compaction has taken it, which it does not while the value is that of its key.
   */
  reread?(modRevision: number, place: number): Uint8Array | undefined;
  transact(transaction: Transaction): Promise<TransactionResult>;
  watch(request: WatchRequest, handler: (batch: EventBatch) => void): StorageWatch;
  /** Forgets history before `revision`: older reads and watches fail with code 'compacted'. */
  compact(revision: number): Promise<void>;
  /** The oldest revision that can still be read. */
  compactedRevision(): Promise<number>;
  /** Bytes on disk (or in memory), for metrics and bounds. */
  size(): Promise<number>;
  /**
   * Says that the caller has read very much and will not read it again soon: an engine that maps its file may give that memory
   * back. Best before anything is written.
   */
  forgetReads?(): void;
  close(): Promise<void>;
}

export type StorageErrorCode =
  | 'compacted' // The revision is older than the compacted one.
  | 'future-revision' // The revision has not happened yet.
  | 'too-large' // A value or key over the engine's limit.
  | 'unavailable' // The engine cannot serve (closed, disk full, I/O error); the outcome of a write is unknown.
  | 'corrupt';

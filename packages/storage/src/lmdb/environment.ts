import type { Header, LogRecord } from './records.ts';

/** The time and the position by which a key expires. */
export type ExpiryKey = readonly [atMs: number, position: number];

/** One change of one table; without `value` the entry is removed. */
export type Write =
  | { readonly table: 'log'; readonly key: number; readonly value?: Uint8Array }
  | { readonly table: 'keys'; readonly key: string; readonly value?: Uint8Array }
  | { readonly table: 'tombstones'; readonly key: string; readonly value?: number }
  | { readonly table: 'expiries'; readonly key: ExpiryKey; readonly value?: string }
  | { readonly table: 'leases'; readonly key: string; readonly value?: number }
  | { readonly table: 'meta'; readonly key: string; readonly value?: number };

/** All tables as of one moment. Must be released, or old pages can never be reused. */
export interface Snapshot {
  log(position: number): LogRecord | undefined;
  /** The value of a log record as the library holds it: the next read of anything overwrites it. */
  passingValue(position: number): Uint8Array | undefined;
  /** The highest position in the log; 0 when it is empty. */
  lastPosition(): number;
  /** Log records from a position on, in order. End the iteration early by leaving the loop. */
  logFrom(position: number): Iterable<{ readonly key: number; readonly value: LogRecord }>;
  keys(start: string, end: string): Iterable<{ readonly key: string; readonly value: Header }>;
  countKeys(start: string, end: string): number;
  tombstones(start: string, end: string): Iterable<{ readonly key: string; readonly value: number }>;
  release(): void;
}

/** The tables on disk. The seam between the engine and the LMDB library; a test puts a failing disk in its place. */
export interface Environment {
  /** What is committed now. */
  header(key: string): Header | undefined;
  tombstone(key: string): number | undefined;
  log(position: number): LogRecord | undefined;
  /** The value of a log record as the library holds it: the next read of anything overwrites it. */
  passingValue(position: number): Uint8Array | undefined;
  meta(name: string): number | undefined;
  /** All leases with their seconds to live. */
  leases(): readonly { readonly key: string; readonly value: number }[];
  /** The highest position in the log; 0 when it is empty. */
  lastPosition(): number;
  /** Entries due at `nowMs`, earliest first, at most `limit`. */
  dueExpiries(nowMs: number, limit: number): readonly { readonly key: ExpiryKey; readonly value: string }[];
  /** When the next entry is due; undefined when there is none. */
  nextExpiryMs(): number | undefined;
  snapshot(): Snapshot;
  /**
   * Writes all of it or nothing, in order with other commits. Resolves when it is on disk; what was read before may
   * be older from then on. Rejects when the disk refuses.
   */
  commit(writes: Iterable<Write>): Promise<void>;
  /** Copies everything as of one moment into an empty folder, without what is free. Writes go on meanwhile. */
  copyTo?(folder: string): Promise<void>;
  /** Bytes on disk. */
  size(): Promise<number>;
  /** Gives the memory of pages that were read back to the system, where that is possible: while nothing has been written. */
  forgetReads?(): void;
  close(): Promise<void>;
}

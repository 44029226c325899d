/** What the embedded engines (memory, LMDB) promise beyond `Storage`: enough to be etcd to others. */
import type { KeyValue, Operation, Storage } from './contract.ts';

/** An operation of a decision. A put may belong to a lease, which is then kept with the key; engines do not count its time. */
export type DecidedOperation = Operation & { readonly lease?: bigint };

/** What is stored at the moment of a decision, writes under way included. Nothing of it may be used after the decision. */
export interface CurrentState {
  /** The newest revision; what is decided becomes the next one. */
  readonly revision: number;
  get(key: string): KeyValue | undefined;
  /** Keys from `start` to before `end`, in order. */
  range(start: string, end: string): Iterable<KeyValue>;
}

export interface LeaseRecord {
  /** A positive 64-bit number. */
  readonly id: bigint;
  readonly ttlSeconds: number;
}

/** Leases as the engine keeps them: names with a time to live. Who gives them out counts the time and deletes keys. */
export interface LeaseTable {
  list(): Promise<readonly LeaseRecord[]>;
  /** Resolves when it is as durable as a write. */
  put(lease: LeaseRecord): Promise<void>;
  remove(id: bigint): Promise<void>;
}

export interface EmbeddedStorage extends Storage {
  /**
   * Calls `decide` at once, between any two writes, and makes what it returns one revision, all of it or nothing. Resolves when
   * that and everything the decision saw is durable, with the revision written, or the newest one seen if nothing changed.
   * At most one operation a key; deletions may be many (DECIDED_OPERATIONS_MAX).
   */
  decide(decide: (state: CurrentState) => readonly DecidedOperation[]): Promise<{ readonly revision: number }>;
  readonly leases: LeaseTable;
  /** Copies everything as of one moment into an empty folder, as a store that can be opened; engines without files have none. */
  copyTo?(folder: string): Promise<void>;
}

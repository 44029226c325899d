/** The messages of etcd's v3 API as far as this engine uses them. 64-bit integers arrive as decimal text. */
import type { KeyValue, StorageEvent } from '../contract.ts';
import { StorageError } from '../error.ts';
import type { Keyspace } from './keyspace.ts';

export interface Header {
  readonly revision: string;
}
export interface WireKeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly create_revision: string;
  readonly mod_revision: string;
  readonly version: string;
}
export interface WireEvent {
  readonly type: 'PUT' | 'DELETE';
  readonly kv: WireKeyValue;
  readonly prev_kv: WireKeyValue | null;
}
export interface RangeResponse {
  readonly header: Header;
  readonly kvs: readonly WireKeyValue[];
  readonly more: boolean;
  readonly count: string;
}
export interface TxnResponse {
  readonly header: Header;
  readonly succeeded: boolean;
  readonly responses: readonly {
    readonly response_range?: RangeResponse;
    readonly response_delete_range?: { readonly deleted: string };
  }[];
}
export interface WatchResponse {
  readonly header: Header;
  readonly watch_id: string;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compact_revision: string;
  readonly cancel_reason: string;
  readonly fragment: boolean;
  readonly events: readonly WireEvent[];
}

export function keyValueOf(wire: WireKeyValue, keyspace: Keyspace): KeyValue {
  return {
    key: keyspace.keyOf(wire.key),
    value: wire.value,
    createRevision: Number(wire.create_revision),
    modRevision: Number(wire.mod_revision),
    version: Number(wire.version),
  };
}

/** Values that this process is writing at the moment, by key: its own event then carries the very array it wrote. */
export type OwnValues = ReadonlyMap<string, Uint8Array>;

/**
 * One event of a watch with previous values. etcd leaves a previous value out when it was compacted in the meantime;
 * to tell a change without it would be wrong, so that throws StorageError 'compacted'.
 */
export function eventOf(
  { type, kv, prev_kv: previous }: WireEvent,
  keyspace: Keyspace,
  ownValues: OwnValues,
): StorageEvent {
  const before = previous === null ? undefined : keyValueOf(previous, keyspace);
  if (before === undefined && (type === 'DELETE' || kv.version !== '1'))
    throw new StorageError(
      'compacted',
      `the value before revision ${kv.mod_revision} was compacted before it could be told: watch from a newer revision`,
    );
  if (type === 'DELETE')
    return { kind: 'delete', key: keyspace.keyOf(kv.key), revision: Number(kv.mod_revision), previous: before! };
  const current = keyValueOf(kv, keyspace);
  const own = ownValues.get(current.key);
  const same = own !== undefined && Buffer.compare(own, current.value) === 0;
  return { kind: 'put', current: same ? { ...current, value: own } : current, previous: before };
}

/** etcd's messages as the server reads them: 64-bit numbers come as decimal text, enumerations as names, and may be sent as numbers. */
import type { KeyValue } from '../contract.ts';
import { bytesOf } from './keys.ts';

export interface RangeRequest {
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly limit: string;
  readonly revision: string;
  readonly sort_order: string;
  readonly sort_target: string;
  readonly keys_only: boolean;
  readonly count_only: boolean;
  readonly min_mod_revision: string;
  readonly max_mod_revision: string;
  readonly min_create_revision: string;
  readonly max_create_revision: string;
}
export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease: string;
  readonly prev_kv: boolean;
  readonly ignore_value: boolean;
  readonly ignore_lease: boolean;
}
export interface DeleteRangeRequest {
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly prev_kv: boolean;
}
export interface CompareRequest {
  readonly result: string;
  readonly target: string;
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly version?: string;
  readonly create_revision?: string;
  readonly mod_revision?: string;
  readonly value?: Uint8Array;
  readonly lease?: string;
}
/** One of them. */
export interface RequestOp {
  readonly request_range?: RangeRequest;
  readonly request_put?: PutRequest;
  readonly request_delete_range?: DeleteRangeRequest;
  readonly request_txn?: TxnRequest;
}
export interface TxnRequest {
  readonly compare: readonly CompareRequest[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}
export interface WatchCreateRequest {
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly start_revision: string;
  readonly progress_notify: boolean;
  readonly filters: readonly string[];
  readonly prev_kv: boolean;
  readonly watch_id: string;
  readonly fragment: boolean;
}
/** One of them. */
export interface WatchRequest {
  readonly create_request?: WatchCreateRequest;
  readonly cancel_request?: { readonly watch_id: string };
  readonly progress_request?: object;
}

export type Message = Readonly<Record<string, unknown>>;

export interface WireKeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly create_revision: number;
  readonly mod_revision: number;
  readonly version: number;
  readonly lease: string;
}
export interface RangeResponse {
  readonly kvs: readonly WireKeyValue[];
  readonly more: boolean;
  readonly count: number;
}

/** An item as it is sent. Its value is read now: later it may be gone. */
export function wireOf(item: KeyValue): WireKeyValue {
  return {
    key: bytesOf(item.key),
    value: item.value,
    create_revision: item.createRevision,
    mod_revision: item.modRevision,
    version: item.version,
    lease: item.lease === undefined ? '0' : String(item.lease),
  };
}

/**
 * What is kept in which table, byte by byte (format 1; little endian; revisions and times as 64-bit floats, which hold
 * every integer up to 2^53).
 *
 *   log         position → one version of one key: the value itself, or that it was deleted
 *   keys        key → header of the newest version, for keys that exist
 *   tombstones  key → position of its deletion, until compaction
 *   expiries    [time, position] → key
 *   leases      lease → seconds to live
 *   meta        name → number
 *
 * A position is `revision * OPERATIONS_PER_REVISION + index`, so that log order is event order (a fraction of the index where
 * a revision has more operations). Each log record
 * names the position of the version before it: reading a key at an old revision walks back along these.
 */
import { assert } from '@steersman/machinery';
import type { KeyValue } from '../contract.ts';
import { OPERATIONS_PER_TRANSACTION_MAX } from '../limits.ts';

/** Positions per revision. With 2^53 as the largest position, revisions may grow to 2^46. */
export const OPERATIONS_PER_REVISION = OPERATIONS_PER_TRANSACTION_MAX;

/** `step` is less than 1 where a revision has more operations than places: positions are then between whole numbers. */
export const positionOf = (revision: number, index: number, step = 1) =>
  revision * OPERATIONS_PER_REVISION + index * step;

/** The distance between the positions of a revision with so many operations: a power of two, which floats hold exactly. */
export function stepOf(operations: number): number {
  if (operations <= OPERATIONS_PER_REVISION) return 1;
  return OPERATIONS_PER_REVISION / 2 ** Math.ceil(Math.log2(operations));
}

/** What of a position its revision does not say. */
export const placeOf = (position: number) => position % OPERATIONS_PER_REVISION;

export const revisionAt = (position: number) => Math.floor(position / OPERATIONS_PER_REVISION);

/** The newest version of a key that exists. */
export interface Header {
  readonly position: number;
  readonly createRevision: number;
  readonly version: number;
  /** Wall-clock milliseconds; 0: never. */
  readonly expiresAtMs: number;
  readonly lease?: bigint;
}

/** One version of one key, as the log keeps it. */
export interface LogRecord {
  readonly kind: 'put' | 'delete';
  readonly key: string;
  /** 0 for deletions. */
  readonly createRevision: number;
  readonly version: number;
  /** Where the version before this one is, deletions included; 0: there was none. */
  readonly previous: number;
  readonly expiresAtMs: number;
  readonly lease?: bigint;
  readonly value: Uint8Array;
}

const HEADER_BYTES = 32;
const LOG_HEAD_BYTES = 36;
/** Follows the head where there is one. */
const LEASE_BYTES = 8;
const HAS_LEASE = 1;
const KIND_PUT = 1;
const KIND_DELETE = 2;
const NO_BYTES = new Uint8Array(0);

export function encodeHeader(header: Header): Buffer {
  const { lease } = header;
  const bytes = Buffer.allocUnsafe(lease === undefined ? HEADER_BYTES : HEADER_BYTES + LEASE_BYTES);
  bytes.writeDoubleLE(header.position, 0);
  bytes.writeDoubleLE(header.createRevision, 8);
  bytes.writeDoubleLE(header.version, 16);
  bytes.writeDoubleLE(header.expiresAtMs, 24);
  if (lease !== undefined) bytes.writeBigInt64LE(lease, HEADER_BYTES);
  return bytes;
}

export function decodeHeader(bytes: Buffer): Header {
  const header = {
    position: bytes.readDoubleLE(0),
    createRevision: bytes.readDoubleLE(8),
    version: bytes.readDoubleLE(16),
    expiresAtMs: bytes.readDoubleLE(24),
  };
  return bytes.length > HEADER_BYTES ? { ...header, lease: bytes.readBigInt64LE(HEADER_BYTES) } : header;
}

export function encodeLogRecord(record: LogRecord): Buffer {
  const { lease } = record;
  const keyBytes = Buffer.byteLength(record.key);
  const keyStart = lease === undefined ? LOG_HEAD_BYTES : LOG_HEAD_BYTES + LEASE_BYTES;
  const bytes = Buffer.allocUnsafe(keyStart + keyBytes + record.value.length);
  bytes[0] = record.kind === 'put' ? KIND_PUT : KIND_DELETE;
  bytes[1] = lease === undefined ? 0 : HAS_LEASE;
  bytes.writeUInt16LE(keyBytes, 2);
  bytes.writeDoubleLE(record.createRevision, 4);
  bytes.writeDoubleLE(record.version, 12);
  bytes.writeDoubleLE(record.previous, 20);
  bytes.writeDoubleLE(record.expiresAtMs, 28);
  if (lease !== undefined) bytes.writeBigInt64LE(lease, LOG_HEAD_BYTES);
  bytes.write(record.key, keyStart, 'utf8');
  bytes.set(record.value, keyStart + keyBytes);
  return bytes;
}

/** Read by hand: the buffers that the library shares have a length of their own, with which the platform's readers are slow. */
const keyBytesOf = (bytes: Buffer) => bytes[2]! + bytes[3]! * 0x100;

/** Where the value of a log record begins. */
export function valueStartOf(bytes: Buffer): number {
  return (bytes[1] === HAS_LEASE ? LOG_HEAD_BYTES + LEASE_BYTES : LOG_HEAD_BYTES) + keyBytesOf(bytes);
}

/** Copies the value out of `bytes`, which the next read overwrites. */
export function decodeLogRecord(bytes: Buffer): LogRecord {
  const kind = bytes[0] === KIND_PUT ? 'put' : 'delete';
  assert(kind === 'put' || bytes[0] === KIND_DELETE, 'a log record is a put or a delete');
  const valueStart = valueStartOf(bytes);
  const record: LogRecord = {
    kind,
    key: bytes.toString('utf8', valueStart - keyBytesOf(bytes), valueStart),
    createRevision: bytes.readDoubleLE(4),
    version: bytes.readDoubleLE(12),
    previous: bytes.readDoubleLE(20),
    expiresAtMs: bytes.readDoubleLE(28),
    value: kind === 'put' ? Uint8Array.prototype.slice.call(bytes, valueStart, bytes.length) : NO_BYTES,
  };
  return bytes[1] === HAS_LEASE ? { ...record, lease: bytes.readBigInt64LE(LOG_HEAD_BYTES) } : record;
}

export function itemOf(record: LogRecord, position: number): KeyValue {
  const { key, value, createRevision, version, lease } = record;
  const item = { key, value, createRevision, modRevision: revisionAt(position), version };
  return lease === undefined ? item : { ...item, lease };
}

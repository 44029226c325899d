/**
 * What is kept in which table, byte by byte (format 1; little endian; revisions and times as 64-bit floats, which hold
 * every integer up to 2^53).
 *
 *   log         position → one version of one key: the value itself, or that it was deleted
 *   keys        key → header of the newest version, for keys that exist
 *   tombstones  key → position of its deletion, until compaction
 *   expiries    [time, position] → key
 *   meta        name → number
 *
 * A position is `revision * OPERATIONS_PER_REVISION + index`, so that log order is event order. Each log record
 * names the position of the version before it: reading a key at an old revision walks back along these.
 */
import { assert } from '@steersman/machinery';
import type { KeyValue } from '../contract.ts';
import { OPERATIONS_PER_TRANSACTION_MAX } from '../limits.ts';

/** Positions per revision. With 2^53 as the largest position, revisions may grow to 2^46. */
export const OPERATIONS_PER_REVISION = OPERATIONS_PER_TRANSACTION_MAX;

export const positionOf = (revision: number, index: number) => revision * OPERATIONS_PER_REVISION + index;
export const revisionAt = (position: number) => Math.floor(position / OPERATIONS_PER_REVISION);

/** The newest version of a key that exists. */
export interface Header {
  readonly position: number;
  readonly createRevision: number;
  readonly version: number;
  /** Wall-clock milliseconds; 0: never. */
  readonly expiresAtMs: number;
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
  readonly value: Uint8Array;
}

const HEADER_BYTES = 32;
const LOG_HEAD_BYTES = 36;
const KIND_PUT = 1;
const KIND_DELETE = 2;
const NO_BYTES = new Uint8Array(0);

export function encodeHeader(header: Header): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES);
  bytes.writeDoubleLE(header.position, 0);
  bytes.writeDoubleLE(header.createRevision, 8);
  bytes.writeDoubleLE(header.version, 16);
  bytes.writeDoubleLE(header.expiresAtMs, 24);
  return bytes;
}

export function decodeHeader(bytes: Buffer): Header {
  return {
    position: bytes.readDoubleLE(0),
    createRevision: bytes.readDoubleLE(8),
    version: bytes.readDoubleLE(16),
    expiresAtMs: bytes.readDoubleLE(24),
  };
}

export function encodeLogRecord(record: LogRecord): Buffer {
  const keyBytes = Buffer.byteLength(record.key);
  const bytes = Buffer.allocUnsafe(LOG_HEAD_BYTES + keyBytes + record.value.length);
  bytes[0] = record.kind === 'put' ? KIND_PUT : KIND_DELETE;
  bytes[1] = 0; // Reserved.
  bytes.writeUInt16LE(keyBytes, 2);
  bytes.writeDoubleLE(record.createRevision, 4);
  bytes.writeDoubleLE(record.version, 12);
  bytes.writeDoubleLE(record.previous, 20);
  bytes.writeDoubleLE(record.expiresAtMs, 28);
  bytes.write(record.key, LOG_HEAD_BYTES, 'utf8');
  bytes.set(record.value, LOG_HEAD_BYTES + keyBytes);
  return bytes;
}

/** Copies the value out of `bytes`, which the next read overwrites. */
export function decodeLogRecord(bytes: Buffer): LogRecord {
  const kind = bytes[0] === KIND_PUT ? 'put' : 'delete';
  assert(kind === 'put' || bytes[0] === KIND_DELETE, 'a log record is a put or a delete');
  const valueStart = LOG_HEAD_BYTES + bytes.readUInt16LE(2);
  return {
    kind,
    key: bytes.toString('utf8', LOG_HEAD_BYTES, valueStart),
    createRevision: bytes.readDoubleLE(4),
    version: bytes.readDoubleLE(12),
    previous: bytes.readDoubleLE(20),
    expiresAtMs: bytes.readDoubleLE(28),
    value: kind === 'put' ? Uint8Array.prototype.slice.call(bytes, valueStart, bytes.length) : NO_BYTES,
  };
}

export function itemOf(record: LogRecord, position: number): KeyValue {
  const { key, value, createRevision, version } = record;
  return { key, value, createRevision, modRevision: revisionAt(position), version };
}

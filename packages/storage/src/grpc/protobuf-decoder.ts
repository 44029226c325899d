/**
 * Reads protobuf into plain objects: 64-bit integers as decimal text, enumerations as names (as numbers when unknown), bytes as parts of
 * what was received, and everything that is not set as zero; of several choices only the one made is there.
 */
import type { MessageField, MessageType } from './protobuf-schema.ts';
import { Code, GrpcFailure } from './status.ts';

const Wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const NESTED_MAX = 100; // As protobuf's own readers.
const HIGH = 2 ** 32;
const NO_BYTES = Buffer.alloc(0);

let bytes: Buffer;
let at = 0;
/** The varint just read, as two halves. */
let low = 0;
let high = 0;

const broken = () =>
  new GrpcFailure(Code.internal, 'grpc: error unmarshalling request: the message is cut off or broken');

/** Throws GrpcFailure. */
export function decodeMessage(type: MessageType, message: Buffer): Readonly<Record<string, unknown>> {
  bytes = message;
  at = 0;
  return decode(type, message.length, 0);
}

function decode(type: MessageType, end: number, depth: number): Record<string, unknown> {
  if (depth > NESTED_MAX) throw broken();
  const message: Record<string, unknown> = { ...type.empty };
  while (at < end) {
    readVarint();
    const wire = low & 7;
    const field = type.byId[(low >>> 3) + high * 2 ** 29];
    if (field === undefined) skip(wire);
    else if (wire === Wire.bytes) readLong(message, field, depth);
    else if (wire === Wire.varint && field.kind !== 'bytes' && field.kind !== 'string' && field.kind !== 'message') {
      readVarint();
      put(message, field, integerOf(field));
    } else throw broken();
  }
  if (at !== end) throw broken();
  return message;
}

function put(message: Record<string, unknown>, { name, repeated }: MessageField, value: unknown): void {
  if (!repeated) message[name] = value;
  else if ((message[name] as unknown[]).length > 0) (message[name] as unknown[]).push(value);
  else message[name] = [value]; // The empty list belongs to all messages.
}

function readLong(message: Record<string, unknown>, field: MessageField, depth: number): void {
  const length = lengthOfRest();
  const end = at + length;
  if (field.kind === 'message') put(message, field, decode(field.type!, end, depth + 1));
  else if (field.kind === 'bytes') put(message, field, bytes.subarray(at, end));
  else if (field.kind === 'string') put(message, field, bytes.toString('utf8', at, end));
  else
    while (at < end) {
      readVarint();
      put(message, field, integerOf(field));
    }
  at = end;
}

/** The length of what follows. */
function lengthOfRest(): number {
  readVarint();
  if (high !== 0 || at + low > bytes.length) throw broken();
  return low;
}

function integerOf(field: MessageField): unknown {
  if (field.kind === 'bool') return low !== 0 || high !== 0;
  if (field.kind === 'enum') return field.names.get(low) ?? low;
  if (field.kind === 'number') return low;
  if (high < 0x20_0000) return String(high * HIGH + low);
  const { last } = field;
  if (last.high !== high || last.low !== low) {
    const value = (BigInt(high) << 32n) | BigInt(low);
    last.text = String(field.kind === 'integer' ? BigInt.asIntN(64, value) : value);
    last.high = high;
    last.low = low;
    last.bytes = NO_BYTES;
  }
  return last.text;
}

function readVarint(): void {
  let value = 0;
  high = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = byteAt();
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      low = value;
      return;
    }
  }
  readRest(value);
}

function readRest(first: number): void {
  let byte = byteAt();
  low = (first | ((byte & 0x0f) << 28)) >>> 0;
  let rest = (byte & 0x7f) >>> 4;
  for (let shift = 3; byte >= 0x80; shift += 7) {
    if (shift > 31) throw broken();
    byte = byteAt();
    rest |= (byte & 0x7f) << shift;
  }
  high = rest >>> 0;
}

function byteAt(): number {
  const byte = bytes[at];
  if (byte === undefined) throw broken();
  at += 1;
  return byte;
}

function skip(wire: number): void {
  if (wire === Wire.varint) readVarint();
  else if (wire === Wire.fixed64) at += 8;
  else if (wire === Wire.fixed32) at += 4;
  else if (wire === Wire.bytes) {
    const length = lengthOfRest();
    at += length;
  } else throw broken();
}

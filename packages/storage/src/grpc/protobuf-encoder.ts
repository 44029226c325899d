/**
 * Writes plain objects as protobuf, from the end to the beginning: so the length of a message is known when it has to be written.
 * Integers may be numbers, decimal text or bigints, and enumerations names or numbers.
 */
import type { MessageField, MessageType } from './protobuf-schema.ts';

const FIRST_BYTES = 64 * 1024;
const KEPT_BYTES_MAX = 1024 * 1024;
const BYTES_WIRE = 2;

let buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
/** Where what has been written begins. */
let start = buffer.length;

/** The bytes are overwritten by the next message. */
export function encodeMessage(type: MessageType, message: Readonly<Record<string, unknown>>): Uint8Array {
  if (buffer.length > KEPT_BYTES_MAX) buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  start = buffer.length;
  encode(type, message);
  return buffer.subarray(start);
}

function encode({ fields }: MessageType, message: Readonly<Record<string, unknown>>): void {
  for (let index = fields.length - 1; index >= 0; index -= 1) {
    const field = fields[index]!;
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    if (!field.repeated) put(field, value, field.explicit);
    else {
      const values = value as readonly unknown[];
      for (let each = values.length - 1; each >= 0; each -= 1) put(field, values[each], true);
    }
  }
}

/** `always`: even when it is zero. */
function put(field: MessageField, value: unknown, always: boolean): void {
  const { id, kind } = field;
  if (kind === 'message') {
    const behind = buffer.length - start;
    encode(field.type!, value as Readonly<Record<string, unknown>>);
    putVarint(buffer.length - start - behind);
    return putVarint(id * 8 + BYTES_WIRE);
  }
  if (kind === 'bytes' || kind === 'string') {
    const bytes = kind === 'string' ? Buffer.from(value as string) : (value as Uint8Array);
    if (bytes.length === 0 && !always) return;
    putBytes(bytes);
    putVarint(bytes.length);
    return putVarint(id * 8 + BYTES_WIRE);
  }
  if (putInteger(field, value, always)) putVarint(id * 8);
}

/** False when it was left out, being zero. */
function putInteger(field: MessageField, value: unknown, always: boolean): boolean {
  const number = numberOf(field, value);
  if (number === 0 && !always) return false;
  if (Number.isSafeInteger(number) && number >= 0) putVarint(number);
  else putLarge(field, String(value));
  return true;
}

function numberOf({ kind, numbers }: MessageField, value: unknown): number {
  if (kind === 'enum' && typeof value === 'string') return numbers.get(value) ?? 0;
  return Number(value);
}

function putLarge({ last }: MessageField, text: string): void {
  if (last.text !== text || last.bytes.length === 0) {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(text));
    last.high = Number(rest >> 32n);
    last.low = Number(rest & 0xffff_ffffn);
    for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
    bytes.push(Number(rest));
    last.text = text;
    last.bytes = Uint8Array.from(bytes);
  }
  putBytes(last.bytes);
}

function putBytes(bytes: Uint8Array): void {
  if (start < bytes.length) grow(bytes.length);
  start -= bytes.length;
  buffer.set(bytes, start);
}

function putVarint(value: number): void {
  if (start < 10) grow(10);
  if (value < 128) {
    start -= 1;
    buffer[start] = value;
    return;
  }
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  start -= length;
  let rest = value;
  for (let at = start; at < start + length - 1; at += 1) {
    buffer[at] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  buffer[start + length - 1] = rest;
}

function grow(bytes: number): void {
  const written = buffer.length - start;
  const larger = Buffer.allocUnsafeSlow(2 * (buffer.length + bytes));
  buffer.copy(larger, larger.length - written, start);
  start = larger.length - written;
  buffer = larger;
}

/**
 * Values as CBOR (RFC 8949) the way Kubernetes writes it (KEP-4222): strings as byte strings, map keys in the order of their
 * encoding, definite lengths, the shortest form of every number.
 */
import { DecodeError } from '../json/problems.ts';

const SELF_DESCRIBED = Buffer.from([0xd9, 0xd9, 0xf7]); // Tag 55799, which says that this is CBOR.
const START_BYTES = 1024;
const UNSIGNED = 0x00;
const NEGATIVE = 0x20;
const BYTES = 0x40;
const ARRAY = 0x80;
const MAP = 0xa0;

class Writer {
  #bytes = Buffer.allocUnsafe(START_BYTES);
  #length = 0;

  take(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
  #room(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, at + count));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#length = at + count;
    return at;
  }
  byte(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }
  append(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }
  /** Major type and argument, in the fewest bytes. */
  head(major: number, argument: number | bigint): void {
    if (argument < 24) this.byte(major | Number(argument));
    else if (argument < 0x100) {
      this.byte(major | 24);
      this.byte(Number(argument));
    } else if (argument < 0x1_0000) {
      this.byte(major | 25);
      const at = this.#room(2);
      this.#bytes.writeUInt16BE(Number(argument), at);
    } else if (argument < 0x1_0000_0000) {
      this.byte(major | 26);
      const at = this.#room(4);
      this.#bytes.writeUInt32BE(Number(argument), at);
    } else {
      this.byte(major | 27);
      const at = this.#room(8);
      this.#bytes.writeBigUInt64BE(BigInt(argument), at);
    }
  }
  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.head(BYTES, length);
    const at = this.#room(length);
    this.#bytes.write(value, at, 'utf8');
  }
  number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.head(value < 0 ? NEGATIVE : UNSIGNED, value < 0 ? -1 - value : value);
      return;
    }
    if (!Number.isFinite(value)) throw new DecodeError('cbor: NaN and infinity cannot be written');
    const single = Math.fround(value) === value;
    this.byte(single ? 0xfa : 0xfb);
    const at = this.#room(single ? 4 : 8);
    if (single) this.#bytes.writeFloatBE(value, at);
    else this.#bytes.writeDoubleBE(value, at);
  }
  integer(value: bigint): void {
    this.head(value < 0n ? NEGATIVE : UNSIGNED, value < 0n ? -1n - value : value);
  }
}

function write(writer: Writer, value: unknown): void {
  if (typeof value === 'string') writer.text(value);
  else if (typeof value === 'number') writer.number(value);
  else if (typeof value === 'boolean') writer.byte(value ? 0xf5 : 0xf4);
  else if (typeof value === 'bigint') writer.integer(value);
  else if (typeof value !== 'object' || value === null) writer.byte(0xf6);
  else if (Array.isArray(value)) {
    writer.head(ARRAY, value.length);
    for (const item of value) write(writer, item);
  } else writeMap(writer, value as Readonly<Record<string, unknown>>);
}

type Fields = Readonly<Record<string, unknown>>;

/** Shorter keys first, equally long ones by their bytes: the order of their encodings. */
function keysInOrder(value: Fields) {
  return Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .map((key) => [key, Buffer.from(key)] as const)
    .sort(([, a], [, b]) => a.length - b.length || a.compare(b));
}

function writeMap(writer: Writer, value: Fields): void {
  const keys = keysInOrder(value);
  writer.head(MAP, keys.length);
  for (const [key, bytes] of keys) {
    writer.head(BYTES, bytes.length);
    writer.append(bytes);
    write(writer, value[key]);
  }
}

/** One self-described CBOR data item. Undefined properties are left out. Throws DecodeError for NaN and infinity. */
export function encodeCbor(value: unknown): Uint8Array {
  const writer = new Writer();
  writer.append(SELF_DESCRIBED);
  write(writer, value);
  return writer.take();
}

/** A value as it stands within another. */
export function encodeCborItem(value: unknown): Uint8Array {
  const writer = new Writer();
  write(writer, value);
  return writer.take();
}

/** What stands before and after the items of a self-described map one of whose keys holds a list of that many. */
export function cborListEnds(map: Fields, list: string, count: number) {
  let writer = new Writer();
  const head = writer;
  const keys = keysInOrder({ ...map, [list]: [] });
  writer.append(SELF_DESCRIBED);
  writer.head(MAP, keys.length);
  for (const [key, bytes] of keys) {
    writer.head(BYTES, bytes.length);
    writer.append(bytes);
    if (key !== list) write(writer, map[key]);
    else {
      writer.head(ARRAY, count);
      writer = new Writer();
    }
  }
  return { head: head.take(), tail: writer.take() };
}

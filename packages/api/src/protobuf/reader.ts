/**
 * Reads protobuf primitives from a range of bytes. Throws DecodeError at anything malformed.
 */
import { DecodeError } from '../json/problems.ts';

const UINT32 = 2 ** 32;

export class Reader {
  readonly bytes: Buffer;
  at: number;
  end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
    this.end = bytes.length;
  }

  #byte(): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === undefined) throw new DecodeError('unexpected EOF');
    this.at += 1;
    return byte;
  }

  /** A varint as a number: exact to 53 bits, negative when bit 63 says so. */
  varint(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let low = first & 0x7f;
    let high = 0;
    for (let shift = 7; shift < 70; shift += 7) {
      const byte = this.#byte();
      const group = byte & 0x7f;
      if (shift < 28) low += group * 2 ** shift;
      else if (shift === 28) {
        low += (group & 0x0f) * 2 ** 28;
        high += group >> 4;
      } else high += group * 2 ** (shift - 32);
      if (byte < 0x80) return signed(high % UINT32, low);
    }
    throw new DecodeError('proto: integer overflow');
  }

  /** A signed integer of 64 bits: a bigint where a number would not be exact. */
  int64(): number | bigint {
    const start = this.at;
    const value = this.varint();
    if (Number.isSafeInteger(value)) return value;
    let wide = 0n;
    for (let at = start; at < this.at; at += 1)
      wide |= BigInt((this.bytes[at] ?? 0) & 0x7f) << BigInt(7 * (at - start));
    return BigInt.asIntN(64, wide);
  }

  double(): number {
    if (this.end - this.at < 8) throw new DecodeError('unexpected EOF');
    this.at += 8;
    return this.bytes.readDoubleLE(this.at - 8);
  }

  /** The end of the length-delimited value that starts here, after its length was read. */
  limit(): number {
    const length = this.varint();
    if (length < 0) throw new DecodeError('proto: negative length found during unmarshaling');
    const end = this.at + length;
    if (end > this.end) throw new DecodeError('unexpected EOF');
    return end;
  }

  /** Runs `read` within the next length-delimited value. */
  within<T>(read: () => T): T {
    const outer = this.end;
    this.end = this.limit();
    const value = read();
    this.at = this.end;
    this.end = outer;
    return value;
  }

  text(): string {
    const end = this.limit();
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  raw(): Buffer {
    const end = this.limit();
    const bytes = this.bytes.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  /** Passes over a field nobody knows. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.at += 8;
    else if (wireType === 2) this.at = this.limit();
    else if (wireType === 5) this.at += 4;
    else throw new DecodeError(`proto: illegal wireType ${wireType}`);
    if (this.at > this.end) throw new DecodeError('unexpected EOF');
  }
}

function signed(high: number, low: number): number {
  if (high < 2 ** 31) return high * UINT32 + low;
  return -((UINT32 - 1 - high) * UINT32 + (UINT32 - low));
}

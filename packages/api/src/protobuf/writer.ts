/**
 * A protobuf writer that works from the end of its buffer to the front, so that the length of a message is known when its head
 * is written and nothing is measured twice.
 */

const INITIAL_BYTES = 4096;
/** Larger integers do not fit 32-bit arithmetic. */
const UINT32 = 2 ** 32;

export class Writer {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #at = INITIAL_BYTES;

  /** Bytes written so far. */
  get length(): number {
    return this.#buffer.length - this.#at;
  }

  #reserve(bytes: number): void {
    if (this.#at >= bytes) return;
    const used = this.length;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + bytes));
    this.#buffer.copy(grown, grown.length - used, this.#at);
    this.#at = grown.length - used;
    this.#buffer = grown;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#at -= value.length;
    this.#buffer.set(value, this.#at);
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#at -= length;
    if (length === value.length && length < 32) {
      // Short ASCII, which most strings of the API are: cheaper than a call into native code.
      for (let index = 0; index < length; index += 1) this.#buffer[this.#at + index] = value.charCodeAt(index);
      return;
    }
    this.#buffer.write(value, this.#at, 'utf8');
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
  }

  /** A signed 64-bit integer; negative ones take ten bytes. */
  integer(value: number | bigint): void {
    if (typeof value === 'bigint') return this.bigint(value);
    if (value < 0 || value >= UINT32) this.bigint(BigInt(Math.trunc(value)));
    else this.varint(value);
  }

  bigint(value: bigint): void {
    const groups: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80);
    groups.push(Number(rest));
    this.bytes(Uint8Array.from(groups));
  }

  /** An unsigned integer below 2^32. */
  varint(value: number): void {
    this.#reserve(5);
    let size = 1;
    for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1;
    this.#at -= size;
    let rest = value;
    for (let index = 0; index < size - 1; index += 1) {
      this.#buffer[this.#at + index] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#at + size - 1] = rest;
  }

  /** The head of a field. Wire types: 0 varint, 1 fixed64, 2 length-delimited. */
  tag(number: number, wireType: 0 | 1 | 2): void {
    this.varint(number * 8 + wireType);
  }

  /** Closes a length-delimited field that began, at its end, when `length` was `before`. */
  delimit(number: number, before: number): void {
    this.varint(this.length - before);
    this.tag(number, 2);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return Uint8Array.from(this.#buffer.subarray(this.#at));
  }

  /** Forgets what was written, keeps the memory. */
  reset(): void {
    this.#at = this.#buffer.length;
  }
}

/**
 * Writes header blocks (RFC 7541). Fields that come again and again are remembered by the other side as long as there is room, and then
 * take a byte or two; nothing remembered is ever given up, so a field keeps its place.
 */
import { type Field, STATIC_FIELDS, sizeOf, TABLE_BYTES_MAX } from './hpack-table.ts';

const STATIC_BY_FIELD = new Map(STATIC_FIELDS.map(([name, value], index) => [`${name}\0${value}`, index + 1]));
const STATIC_BY_NAME = new Map(STATIC_FIELDS.map(([name], index) => [name, index + 1] as const).reverse());

export class HeaderEncoder {
  /** By name and value: how many were remembered before. */
  #remembered = new Map<string, number>();
  #bytes = 0;
  #bytesMax = TABLE_BYTES_MAX;
  #resized = false;
  /** Blocks of fields that are all remembered; no longer right when one more is. */
  #blocks = new WeakMap<readonly Field[], { readonly block: Buffer; readonly remembered: number }>();

  /** The other side's bound of its table. */
  setTableBytes(bytes: number): void {
    if (bytes >= this.#bytesMax) return;
    // Begun anew rather than cut: it is done by hardly anybody.
    this.#bytesMax = bytes;
    this.#bytes = 0;
    this.#remembered = new Map();
    this.#blocks = new WeakMap();
    this.#resized = true;
  }

  /** The block of fields that will be sent again, as the very same array too. */
  encode(fields: readonly Field[]): Buffer {
    const known = this.#blocks.get(fields);
    if (known?.remembered === this.#remembered.size) return known.block;
    const before = this.#remembered.size;
    const block = this.#encode(fields, true);
    if (before === this.#remembered.size && !this.#resized) this.#blocks.set(fields, { block, remembered: before });
    return block;
  }

  /** The block of fields that are not likely to be sent again. */
  encodeOnce(fields: readonly Field[]): Buffer {
    return this.#encode(fields, false);
  }

  #encode(fields: readonly Field[], remember: boolean): Buffer {
    const bytes: number[] = [];
    if (this.#resized) {
      this.#resized = false;
      putInteger(bytes, 0x20, 5, 0);
      if (this.#bytesMax > 0) putInteger(bytes, 0x20, 5, this.#bytesMax);
    }
    for (const field of fields) this.#put(bytes, field, remember);
    return Buffer.from(bytes);
  }

  #put(bytes: number[], field: Field, remember: boolean): void {
    const [name, value] = field;
    const text = `${name}\0${value}`;
    const fixed = STATIC_BY_FIELD.get(text);
    if (fixed !== undefined) return putInteger(bytes, 0x80, 7, fixed);
    const place = this.#remembered.get(text);
    if (place !== undefined) return putInteger(bytes, 0x80, 7, STATIC_FIELDS.length + this.#remembered.size - place);
    const size = sizeOf(field);
    const room = remember && this.#bytes + size <= this.#bytesMax;
    const nameIndex = STATIC_BY_NAME.get(name) ?? 0;
    if (room) {
      putInteger(bytes, 0x40, 6, nameIndex);
      this.#remembered.set(text, this.#remembered.size);
      this.#bytes += size;
    } else putInteger(bytes, 0, 4, nameIndex);
    if (nameIndex === 0) putText(bytes, name);
    putText(bytes, value);
  }
}

function putInteger(bytes: number[], head: number, prefixBits: number, value: number): void {
  const most = 2 ** prefixBits - 1;
  if (value < most) {
    bytes.push(head | value);
    return;
  }
  bytes.push(head | most);
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}

function putText(bytes: number[], text: string): void {
  const latin = Buffer.from(text, 'latin1');
  putInteger(bytes, 0, 7, latin.length);
  for (const byte of latin) bytes.push(byte);
}

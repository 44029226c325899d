/** Reads header blocks (RFC 7541). One decoder per connection: blocks refer to earlier ones. */
import { type Field, STATIC_FIELDS, sizeOf, TABLE_BYTES_MAX } from './hpack-table.ts';
import { Http2Code, Http2Error } from './http2-error.ts';
import { huffmanDecoded } from './huffman.ts';

const broken = (what: string) => new Http2Error(Http2Code.compression, `a header block is broken: ${what}`);

export class HeaderDecoder {
  /** Newest first. */
  readonly #table: Field[] = [];
  #tableBytes = 0;
  #tableBytesMax = TABLE_BYTES_MAX;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Throws Http2Error. */
  decode(block: Buffer): readonly Field[] {
    this.#block = block;
    this.#at = 0;
    const fields: Field[] = [];
    while (this.#at < block.length) {
      const first = block[this.#at]!;
      if (first >= 0x80) fields.push(this.#fieldAt(this.#integer(7)));
      else if (first >= 0x40) fields.push(this.#remember(this.#literal(6)));
      else if (first >= 0x20) this.#resize(this.#integer(5));
      else fields.push(this.#literal(4));
    }
    return fields;
  }

  #fieldAt(index: number): Field {
    const field =
      index <= STATIC_FIELDS.length ? STATIC_FIELDS[index - 1] : this.#table[index - STATIC_FIELDS.length - 1];
    if (field === undefined) throw broken(`nothing is at ${index}`);
    return field;
  }

  #literal(prefixBits: number): Field {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#text() : this.#fieldAt(index)[0];
    return [name, this.#text()];
  }

  #remember(field: Field): Field {
    this.#table.unshift(field);
    this.#tableBytes += sizeOf(field);
    this.#evict();
    return field;
  }

  #resize(bytes: number): void {
    if (bytes > TABLE_BYTES_MAX) throw broken(`a table of ${bytes} bytes was not allowed`);
    this.#tableBytesMax = bytes;
    this.#evict();
  }

  #evict(): void {
    while (this.#tableBytes > this.#tableBytesMax) this.#tableBytes -= sizeOf(this.#table.pop()!);
  }

  #integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      if (factor > 2 ** 28) throw broken('a number has no end');
    }
  }

  #byte(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw broken('it ends too early');
    this.#at += 1;
    return byte;
  }

  #text(): string {
    const coded = (this.#block[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(7);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#block.length) throw broken('it ends too early');
    if (!coded) return this.#block.toString('latin1', start, this.#at);
    // Nothing that is compared here has other characters.
    return huffmanDecoded(this.#block.subarray(start, this.#at)) ?? '';
  }
}

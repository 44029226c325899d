/** Header blocks of SPDY/3.1: name-value pairs in one zlib stream per direction (draft 3.1, section 2.6.10). */
import zlib from 'node:zlib';
import { StreamsError } from '../errors.ts';
import { SPDY_DICTIONARY, SPDY_DICTIONARY_ID } from './dictionary.ts';

/** Names are lower case. Several values of one name are joined by NUL on the wire, by a comma here. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** A peer may not inflate more than this out of one block. */
const HEADER_BLOCK_BYTES_MAX = 65_536;
const HEADER_PAIRS_MAX = 256;

function serialise(headers: SpdyHeaders): Buffer {
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const parts: Buffer[] = [word(Object.keys(headers).length)];
  for (const [name, value] of Object.entries(headers)) {
    const nameBytes = Buffer.from(name.toLowerCase());
    const valueBytes = Buffer.from(value);
    parts.push(word(nameBytes.length), nameBytes, word(valueBytes.length), valueBytes);
  }
  return Buffer.concat(parts);
}

function parse(bytes: Buffer): SpdyHeaders {
  const malformed = () => new StreamsError('ProtocolViolation', 'malformed SPDY header block');
  let offset = 0;
  const number = () => {
    if (offset + 4 > bytes.length) throw malformed();
    offset += 4;
    return bytes.readUInt32BE(offset - 4);
  };
  const text = () => {
    const length = number();
    if (offset + length > bytes.length) throw malformed();
    offset += length;
    return bytes.toString('utf8', offset - length, offset);
  };
  const count = number();
  if (count > HEADER_PAIRS_MAX) throw malformed();
  const pairs: [string, string][] = [];
  for (let index = 0; index < count; index++) {
    const name = text().toLowerCase();
    pairs.push([name, text().replaceAll('\0', ',')]);
  }
  return Object.assign(Object.create(null), Object.fromEntries(pairs));
}

/**
 * Writes the blocks of one direction. They are stored, not squeezed: a few hundred bytes per stream do not matter,
 * and without compression there is no state to keep and nothing for a CRIME-like attack to measure.
 */
export class HeaderEncoder {
  #started = false;

  encode(headers: SpdyHeaders): Buffer {
    const body = serialise(headers);
    if (body.length > 0xffff) throw new StreamsError('LimitExceeded', 'SPDY headers of more than 64 KiB');
    const prologue = this.#started ? Buffer.alloc(0) : Buffer.from([0x78, 0xbb, 0, 0, 0, 0]);
    if (!this.#started) prologue.writeUInt32BE(SPDY_DICTIONARY_ID, 2);
    this.#started = true;
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(body.length, 1);
    stored.writeUInt16LE(~body.length & 0xffff, 3);
    // The empty stored block is what a sync flush ends with; Go's reader hands bytes out only when it sees one.
    return Buffer.concat([prologue, stored, body, Buffer.from([0, 0, 0, 0xff, 0xff])]);
  }
}

/** Reads the blocks of one direction, in order. */
export class HeaderDecoder {
  readonly #inflate = zlib.createInflate({ dictionary: SPDY_DICTIONARY, flush: zlib.constants.Z_SYNC_FLUSH });
  #parts: Buffer[] = [];
  #length = 0;

  constructor() {
    // `decode` reports errors; one that comes after it has settled must not end the process.
    this.#inflate.on('error', () => {});
    this.#inflate.on('data', (chunk: Buffer) => {
      this.#length += chunk.length;
      if (this.#length > HEADER_BLOCK_BYTES_MAX) {
        this.#inflate.destroy();
      } else this.#parts.push(chunk);
    });
  }

  /** One call at a time. Throws StreamsError ProtocolViolation. */
  async decode(block: Buffer): Promise<SpdyHeaders> {
    this.#parts = [];
    this.#length = 0;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error) =>
        reject(new StreamsError('ProtocolViolation', `unreadable SPDY header block: ${error.message}`));
      this.#inflate.once('error', fail);
      this.#inflate.write(block, (error) => {
        this.#inflate.off('error', fail);
        if (error) fail(error);
        else resolve();
      });
    });
    if (this.#length > HEADER_BLOCK_BYTES_MAX) {
      throw new StreamsError('ProtocolViolation', 'SPDY header block inflates to more than 64 KiB');
    }
    return parse(Buffer.concat(this.#parts));
  }

  close(): void {
    this.#inflate.destroy();
  }
}

/**
 * CBOR data items as plain values, as strictly as Kubernetes reads them (KEP-4222): one item, no duplicate keys, no
 * indefinite lengths, only tags that change nothing or say how bytes are shown, integers within 64 signed bits.
 */
import type { KubeObject } from '../contract.ts';
import { errors } from '../errors.ts';
import { type Decoded, type DecodeOptions, decodeDocument } from '../json/decode.ts';
import { DecodeError } from '../json/problems.ts';
import type { StructSchema } from '../schema/schema.ts';

const CBOR_DEPTH_MAX = 64; // Upstream's MaxNestedLevels.
const SELF_DESCRIBED_TAG = 55799;
const INT64_MAX = 2n ** 63n - 1n;
/** How tags 21, 22 and 23 (RFC 8949 section 3.4.5.2) want bytes to be shown in JSON. */
const SHOWN: ReadonlyMap<number, BufferEncoding> = new Map([
  [21, 'base64url'],
  [22, 'base64'],
  [23, 'hex'],
]);

class Reader {
  readonly #bytes: Buffer;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    if (count > this.left) throw new DecodeError('cbor: unexpected EOF');
    this.#at += count;
    return this.#at - count;
  }
  /** The argument after a head byte; lengths stay within what is left because each claimed byte must be there. */
  #argument(info: number): number | bigint {
    if (info < 24) return info;
    if (info === 24) return this.#bytes.readUInt8(this.#take(1));
    if (info === 25) return this.#bytes.readUInt16BE(this.#take(2));
    if (info === 26) return this.#bytes.readUInt32BE(this.#take(4));
    if (info !== 27) throw new DecodeError('cbor: indefinite and reserved lengths are not allowed');
    const wide = this.#bytes.readBigUInt64BE(this.#take(8));
    return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;
  }
  #count(info: number): number {
    const count = this.#argument(info);
    // Every element takes a byte at least: what claims more than is there is refused before anything is made.
    if (typeof count === 'bigint' || count > this.left) throw new DecodeError('cbor: unexpected EOF');
    return count;
  }

  value(depth: number): unknown {
    if (depth > CBOR_DEPTH_MAX) throw new DecodeError(`cbor: exceeded max nested level ${CBOR_DEPTH_MAX}`);
    const head = this.#bytes.readUInt8(this.#take(1));
    const info = head & 0x1f;
    switch (head >> 5) {
      case 0:
        return integer(BigInt(this.#argument(info)));
      case 1:
        return integer(-1n - BigInt(this.#argument(info)));
      case 2:
      case 3:
        return this.#text(this.#count(info));
      case 4:
        return Array.from({ length: this.#count(info) }, () => this.value(depth + 1));
      case 5:
        return this.#map(this.#count(info), depth);
      case 6:
        return this.#tagged(Number(this.#argument(info)), depth);
      default:
        return this.#simple(info);
    }
  }

  #raw(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }
  #text(length: number): string {
    try {
      return this.#utf8.decode(this.#raw(length));
    } catch (error) {
      if (error instanceof DecodeError) throw error;
      throw new DecodeError('cbor: invalid UTF-8 string');
    }
  }

  #map(count: number, depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (let index = 0; index < count; index += 1) {
      const head = this.#bytes.readUInt8(this.#take(1));
      if (head >> 5 !== 2 && head >> 5 !== 3) throw new DecodeError('cbor: map keys must be strings');
      const key = this.#text(this.#count(head & 0x1f));
      if (Object.hasOwn(made, key)) throw new DecodeError(`cbor: found duplicate map key ${JSON.stringify(key)}`);
      const value = this.value(depth + 1);
      Object.defineProperty(made, key, { value, enumerable: true, writable: true, configurable: true });
    }
    return made;
  }

  #tagged(tag: number, depth: number): unknown {
    if (tag === SELF_DESCRIBED_TAG) return this.value(depth + 1);
    const shown = SHOWN.get(tag);
    if (shown === undefined) throw new DecodeError(`cbor: tag ${tag} is not supported`);
    const head = this.#bytes.readUInt8(this.#take(1));
    if (head >> 5 !== 2) throw new DecodeError(`cbor: tag ${tag} must stand before a byte string`);
    const text = this.#raw(this.#count(head & 0x1f)).toString(shown);
    return shown === 'hex' ? text.toUpperCase() : text;
  }

  #simple(info: number): unknown {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    if (info === 25) return finite(half(this.#bytes.readUInt16BE(this.#take(2))));
    if (info === 26) return finite(this.#bytes.readFloatBE(this.#take(4)));
    if (info === 27) return finite(this.#bytes.readDoubleBE(this.#take(8)));
    throw new DecodeError('cbor: simple values other than true, false and null are not allowed');
  }
}

function integer(value: bigint): number | bigint {
  if (value > INT64_MAX || value < -INT64_MAX - 1n)
    throw new DecodeError(`cbor: ${value} is out of the range of 64 bits`);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new DecodeError('cbor: NaN and infinity are not allowed');
  return value;
}

/** RFC 8949 appendix D. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The only data item of the bytes. Throws DecodeError. Integers beyond 2^53 come as bigint. */
export function parseCbor(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.left > 0) throw new DecodeError(`cbor: ${reader.left} bytes of extraneous data starting after the item`);
  return value;
}

/** Decodes the CBOR of one object as decodeJson does JSON. Throws ApiError BadRequest. */
export function decodeCbor<T = KubeObject>(
  bytes: Uint8Array,
  schema: StructSchema,
  options: DecodeOptions = {},
): Decoded<T> {
  let document: unknown;
  try {
    document = parseCbor(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw errors.badRequest(`the object provided is unrecognized (must be of type ${schema.name}): ${error.message}`);
  }
  return decodeDocument<T>(document, schema, options);
}

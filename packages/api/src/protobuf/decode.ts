/**
 * Protobuf to objects, by one walk over the Schema: the result is what decoding the object's JSON would give.
 */
import type { KubeObject } from '../contract.ts';
import { errors } from '../errors.ts';
import { formatDuration } from '../json/duration.ts';
import { parseJson as parseExact } from '../json/numbers.ts';
import { DecodeError, JSON_DEPTH_MAX } from '../json/problems.ts';
import { canonicalQuantity } from '../json/scalars.ts';
import type { MapSchema, ScalarSchema, Schema, StructSchema, WireField } from '../schema/schema.ts';
import { isZero, zeroOf } from '../schema/zero.ts';
import { formatTime } from '../time.ts';
import { Reader } from './reader.ts';

type Json = Record<string, unknown>;

/** Decodes payloads that are envelopes themselves; set by envelope.ts, which knows every kind. */
export type DecodeEmbedded = (bytes: Uint8Array) => unknown;

/** Decodes a message without the envelope. Throws ApiError BadRequest. */
export function decodeProtobuf<T = KubeObject>(
  bytes: Uint8Array,
  schema: StructSchema,
  embedded: DecodeEmbedded = parseJson,
): T {
  try {
    return new Decoder(bytes, embedded).message(schema) as T;
  } catch (error) {
    if (error instanceof DecodeError)
      throw errors.badRequest(`${schema.name} cannot be decoded from protobuf: ${error.message}`);
    throw error;
  }
}

/** JSON as it stands in raw payloads; nothing for no bytes. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return parseExact(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    throw new DecodeError('a raw value is not JSON');
  }
}

class Decoder {
  readonly #reader: Reader;
  readonly #embedded: DecodeEmbedded;
  #depth = 0;

  constructor(bytes: Uint8Array, embedded: DecodeEmbedded) {
    this.#reader = new Reader(bytes);
    this.#embedded = embedded;
  }

  /** Everything up to the reader's end, as one object in canonical form. */
  message(schema: StructSchema): Json {
    this.#depth += 1;
    if (this.#depth > JSON_DEPTH_MAX) throw new DecodeError('exceeded max depth');
    const slots: unknown[] = new Array(schema.fields.length);
    this.#fields(slots, schema, schema);
    this.#depth -= 1;
    const made: Json = {};
    for (const field of schema.fields) {
      const value = slots[field.index];
      if (value === undefined) {
        if (field.zero === 'fill') made[field.name] = zeroOf(field.schema);
      } else if (field.zero !== 'drop' || !isZero(value)) made[field.name] = value;
    }
    return made;
  }

  /** Reads fields into the slots of the object that owns them, which for an inlined struct is its parent. */
  #fields(slots: unknown[], owner: StructSchema, schema: StructSchema): void {
    const reader = this.#reader;
    while (reader.at < reader.end) {
      const tag = reader.varint();
      const field = schema.byNumber.get(Math.floor(tag / 8));
      if (field === undefined) {
        reader.skip(tag % 8);
      } else if (field.inline !== undefined) {
        const { inline } = field;
        reader.within(() => this.#fields(slots, owner, inline));
      } else {
        const index = owner.byName.get(field.name)?.index;
        if (index === undefined) reader.skip(tag % 8);
        else slots[index] = this.#field(field, slots[index]);
      }
    }
  }

  #field(field: WireField, previous: unknown): unknown {
    const { schema } = field;
    if (schema.kind === 'list') {
      const { element, wrapped } = schema;
      if (wrapped !== undefined) return this.#reader.within(() => this.#wrappedList(element));
      const list = (previous ?? []) as unknown[];
      list.push(this.#one(element) ?? null);
      return list;
    }
    if (schema.kind === 'map') return this.#mapEntry((previous ?? {}) as Json, schema);
    return this.#one(schema);
  }

  #wrappedList(element: Schema): unknown[] {
    const list: unknown[] = [];
    const reader = this.#reader;
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (Math.floor(tag / 8) === 1) list.push(this.#one(element));
      else reader.skip(tag % 8);
    }
    return list;
  }

  #mapEntry(map: Json, schema: MapSchema): Json {
    const reader = this.#reader;
    let key = '';
    let value: unknown;
    reader.within(() => {
      while (reader.at < reader.end) {
        const tag = reader.varint();
        const number = Math.floor(tag / 8);
        if (number === 1) key = reader.text();
        else if (number === 2) value = this.#mapValue(schema.element);
        else reader.skip(tag % 8);
      }
    });
    Object.defineProperty(map, key, {
      value: value ?? zeroOf(schema.element) ?? null,
      enumerable: true,
      writable: true,
      configurable: true,
    });
    return map;
  }

  #mapValue(schema: Schema): unknown {
    if (schema.kind === 'list') return this.#reader.within(() => this.#wrappedList(schema.element));
    return this.#one(schema);
  }

  #one(schema: Schema): unknown {
    if (schema.kind === 'struct') return this.#reader.within(() => this.message(schema));
    if (schema.kind === 'scalar') return this.#scalar(schema);
    throw new DecodeError('a list of lists cannot be on the wire');
  }

  #scalar(schema: ScalarSchema): unknown {
    const reader = this.#reader;
    switch (schema.type) {
      case 'string':
        return reader.text();
      case 'bool':
        return reader.varint() !== 0;
      case 'int32':
        return reader.varint() | 0;
      case 'int64':
        return reader.int64();
      case 'float64':
        return reader.double();
      case 'bytes':
        return reader.raw().toString('base64');
      default:
        return reader.within(() => this.#messageScalar(schema));
    }
  }

  #messageScalar(schema: ScalarSchema): unknown {
    switch (schema.type) {
      case 'time':
      case 'microTime':
        return timeText(this.#numbers(), schema.type === 'microTime');
      case 'duration':
        return formatDuration(BigInt(this.#numbers()[1] ?? 0));
      case 'quantity':
        return canonicalQuantity(this.#payload().toString('utf8') || '0');
      case 'intOrString':
        return this.#intOrString();
      case 'schemaOrBool':
      case 'schemaOrArray':
      case 'schemaOrStringArray':
        return this.#schemaOr(schema);
      default: {
        const payload = this.#payload();
        return isEnvelope(payload) ? this.#embedded(payload) : parseJson(payload);
      }
    }
  }

  /** The first two varint fields of a small message. */
  #numbers(): Readonly<Record<number, number>> {
    const reader = this.#reader;
    const found: Record<number, number> = {};
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag % 8 === 0) found[Math.floor(tag / 8)] = reader.varint();
      else reader.skip(tag % 8);
    }
    return found;
  }

  /** Field 1 of a message that holds bytes. */
  #payload(): Buffer {
    const reader = this.#reader;
    let payload = Buffer.alloc(0);
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag === 10) payload = reader.raw() as typeof payload;
      else reader.skip(tag % 8);
    }
    return payload;
  }

  #intOrString(): number | string {
    const reader = this.#reader;
    let type = 0;
    let number = 0;
    let text = '';
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag === 8) type = reader.varint();
      else if (tag === 16) number = reader.varint() | 0;
      else if (tag === 26) text = reader.text();
      else reader.skip(tag % 8);
    }
    return type === 1 ? text : number;
  }

  #schemaOr(schema: ScalarSchema): unknown {
    const reader = this.#reader;
    const { schema: inner } = schema;
    if (inner === undefined) throw new DecodeError('a JSON schema of unknown type');
    const nested = () => reader.within(() => this.message(inner));
    let allows: boolean | undefined;
    let one: unknown;
    const many: unknown[] = [];
    while (reader.at < reader.end) {
      const tag = reader.varint();
      const number = Math.floor(tag / 8);
      if (schema.type === 'schemaOrBool' && number === 1) allows = reader.varint() !== 0;
      else if (schema.type === 'schemaOrBool' ? number === 2 : number === 1) one = nested();
      else if (number === 2) many.push(schema.type === 'schemaOrArray' ? nested() : reader.text());
      else reader.skip(tag % 8);
    }
    return one ?? (schema.type === 'schemaOrBool' ? (allows ?? false) : many);
  }
}

function timeText(fields: Readonly<Record<number, number>>, micro: boolean): string | undefined {
  const seconds = fields[1];
  if (seconds === undefined) return undefined; // An empty message is Go's zero time.
  const whole = formatTime(seconds * 1000);
  if (!micro) return whole;
  const micros = Math.floor((fields[2] ?? 0) / 1000);
  return `${whole.slice(0, -1)}.${String(micros).padStart(6, '0')}Z`;
}

/** Whether the bytes start with upstream's magic number for protobuf. */
export function isEnvelope(bytes: Uint8Array): boolean {
  return bytes[0] === 0x6b && bytes[1] === 0x38 && bytes[2] === 0x73 && bytes[3] === 0;
}

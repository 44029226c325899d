/**
 * Objects to protobuf, by one walk over the Schema. Everything is written back to front: see writer.ts.
 * Order and zero values as facts/README.md, "Protobuf", says.
 */
import { parseDuration } from '../json/duration.ts';
import type { ListSchema, MapSchema, ScalarSchema, Schema, StructSchema, WireField } from '../schema/schema.ts';
import { parseTime } from '../time.ts';
import { Writer } from './writer.ts';

type Json = Readonly<Record<string, unknown>>;

/** Memory beyond this is given back after an encode, so that one huge list is not kept for ever. */
const WRITER_KEPT_BYTES_MAX = 4 * 1024 * 1024;
let shared: Writer | undefined;

/** Runs `write` with a writer that is reused between calls. */
export function writing(write: (writer: Writer) => void): Uint8Array {
  const writer = shared ?? new Writer();
  shared = undefined;
  write(writer);
  const bytes = writer.finish();
  writer.reset();
  if (bytes.length <= WRITER_KEPT_BYTES_MAX) shared = writer;
  return bytes;
}

/** The protobuf message of an object, without the envelope. apiVersion and kind are not part of it. */
export function encodeProtobuf(object: unknown, schema: StructSchema): Uint8Array {
  return writing((writer) => writeStruct(writer, object as Json, schema));
}

/** Writes the fields of a message, the highest number first. */
export function writeStruct(writer: Writer, value: Json, schema: StructSchema): void {
  const { wire } = schema;
  for (let at = wire.length - 1; at >= 0; at -= 1) {
    const field = wire[at];
    if (field !== undefined) writeField(writer, value, field);
  }
}

const EMPTY: Json = {};

function writeField(writer: Writer, owner: Json, field: WireField): void {
  const { number, schema, inline } = field;
  if (inline !== undefined) {
    const before = writer.length;
    writeStruct(writer, owner, inline);
    writer.delimit(number, before);
    return;
  }
  const value = owner[field.name];
  if (value === undefined || value === null) {
    if (field.always) writeOne(writer, number, undefined, schema);
    return;
  }
  if (schema.kind === 'list') writeList(writer, number, value as readonly unknown[], schema);
  else if (schema.kind === 'map') writeMap(writer, number, value as Json, schema);
  else writeOne(writer, number, value, schema);
}

function writeList(writer: Writer, number: number, value: readonly unknown[], schema: ListSchema): void {
  const before = writer.length;
  for (let at = value.length - 1; at >= 0; at -= 1)
    writeOne(writer, schema.wrapped ?? number, value[at], schema.element);
  if (schema.wrapped !== undefined) writer.delimit(number, before);
}

function writeMap(writer: Writer, number: number, value: Json, schema: MapSchema): void {
  const keys = Object.keys(value);
  if (keys.length > 1) keys.sort();
  for (let at = keys.length - 1; at >= 0; at -= 1) {
    const key = keys[at] ?? '';
    const before = writer.length;
    const { element } = schema;
    if (element.kind === 'list') writeList(writer, 2, value[key] as readonly unknown[], element);
    else writeOne(writer, 2, value[key], element);
    const keyStart = writer.length;
    writer.string(key);
    writer.delimit(1, keyStart);
    writer.delimit(number, before);
  }
}

/** One occurrence of a field; `undefined` writes the zero value. */
function writeOne(writer: Writer, number: number, value: unknown, schema: Schema): void {
  if (schema.kind === 'scalar') {
    writeScalar(writer, number, value, schema);
    return;
  }
  const before = writer.length;
  if (schema.kind === 'struct') writeStruct(writer, (value ?? EMPTY) as Json, schema);
  else if (schema.kind === 'list')
    writeList(writer, 1, (value ?? []) as readonly unknown[], { ...schema, wrapped: undefined });
  else writeMap(writer, 1, (value ?? EMPTY) as Json, schema);
  writer.delimit(number, before);
}

function writeScalar(writer: Writer, number: number, value: unknown, schema: ScalarSchema): void {
  switch (schema.type) {
    case 'bool':
      writer.varint(value === true ? 1 : 0);
      writer.tag(number, 0);
      return;
    case 'int32':
    case 'int64':
      writer.integer((value ?? 0) as number | bigint);
      writer.tag(number, 0);
      return;
    case 'float64':
      writer.double((value ?? 0) as number);
      writer.tag(number, 1);
      return;
    default: {
      const before = writer.length;
      writeContent(writer, value, schema);
      writer.delimit(number, before);
    }
  }
}

/** What stands between the length and the end of a length-delimited scalar. */
function writeContent(writer: Writer, value: unknown, schema: ScalarSchema): void {
  if (schema.type === 'quantity') {
    writeText(writer, 1, (value ?? '0') as string);
    return;
  }
  if (schema.type === 'intOrString') {
    writeIntOrString(writer, value ?? 0);
    return;
  }
  if (schema.type === 'duration') {
    writer.bigint(value == null ? 0n : parseDuration(value as string));
    writer.tag(1, 0);
    return;
  }
  if (value === undefined || value === null) return;
  switch (schema.type) {
    case 'bytes':
      writer.bytes(Buffer.from(value as string, 'base64'));
      return;
    case 'time':
    case 'microTime':
      writeTime(writer, value as string, schema.type === 'microTime');
      return;
    case 'fieldsV1':
    case 'rawExtension':
    case 'json':
    case 'object':
    case 'any':
      writeText(writer, 1, JSON.stringify(value));
      return;
    case 'schemaOrBool':
    case 'schemaOrArray':
    case 'schemaOrStringArray':
      writeSchemaOr(writer, value, schema);
      return;
    default:
      writer.string(value as string);
  }
}

function writeText(writer: Writer, number: number, text: string): void {
  const before = writer.length;
  writer.string(text);
  writer.delimit(number, before);
}

function writeIntOrString(writer: Writer, value: unknown): void {
  const isText = typeof value === 'string';
  writeText(writer, 3, isText ? value : '');
  writer.integer(isText ? 0 : (value as number));
  writer.tag(2, 0);
  writer.varint(isText ? 1 : 0);
  writer.tag(1, 0);
}

function writeTime(writer: Writer, text: string, micro: boolean): void {
  const ms = parseTime(text);
  const seconds = Math.floor(ms / 1000);
  const micros = micro ? Number((/\.(\d+)/.exec(text)?.[1] ?? '0').slice(0, 6).padEnd(6, '0')) : 0;
  writer.integer(micros * 1000);
  writer.tag(2, 0);
  writer.integer(Number.isNaN(seconds) ? 0 : seconds);
  writer.tag(1, 0);
}

function writeSchemaOr(writer: Writer, value: unknown, schema: ScalarSchema): void {
  const { schema: inner } = schema;
  if (inner === undefined) return;
  if (schema.type === 'schemaOrBool') {
    if (typeof value !== 'boolean') writeOne(writer, 2, value, inner);
    writer.varint(value === false ? 0 : 1);
    writer.tag(1, 0);
    return;
  }
  if (!Array.isArray(value)) {
    writeOne(writer, 1, value, inner);
    return;
  }
  for (let at = value.length - 1; at >= 0; at -= 1) {
    if (schema.type === 'schemaOrArray') writeOne(writer, 2, value[at], inner);
    else writeText(writer, 2, value[at] as string);
  }
}

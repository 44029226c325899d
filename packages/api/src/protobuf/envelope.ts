/**
 * The envelope of protobuf objects at rest and on the wire: the four bytes `k8s\0`, then runtime.Unknown, whose
 * typeMeta (1) says what raw (2) holds.
 */
import type { KubeObject } from '../contract.ts';
import { errors } from '../errors.ts';
import { DecodeError } from '../json/problems.ts';
import { parseApiVersion } from '../objects.ts';
import { schemaFor, schemaOfType } from '../schema/build.ts';
import type { StructSchema } from '../schema/schema.ts';
import { decodeProtobuf, isEnvelope } from './decode.ts';
import { writeStruct, writing } from './encode.ts';
import { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

const LIST_META = 'k8s.io/apimachinery/pkg/apis/meta/v1.ListMeta';
const EMPTY = new Uint8Array();
const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0);

/** What an envelope says about itself. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The message, a view of the bytes given. */
  readonly raw: Uint8Array;
  readonly contentType: string;
  readonly contentEncoding: string;
}

interface Typed {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
}

function writeText(writer: Writer, number: number, text: string): void {
  const before = writer.length;
  writer.string(text);
  writer.delimit(number, before);
}

function writeEnvelope(writer: Writer, type: Typed, writeRaw: () => void): void {
  writeText(writer, 4, '');
  writeText(writer, 3, '');
  const rawStart = writer.length;
  writeRaw();
  writer.delimit(2, rawStart);
  const typeStart = writer.length;
  writeText(writer, 2, type.kind ?? '');
  writeText(writer, 1, type.apiVersion ?? '');
  writer.delimit(1, typeStart);
  writer.bytes(MAGIC);
}

/** An object as clients that ask for application/vnd.kubernetes.protobuf get it. `type` overrides what the object says it is. */
export function encodeEnvelope(object: unknown, schema: StructSchema, type: Typed = object as Typed): Uint8Array {
  return writing((writer) =>
    writeEnvelope(writer, type, () => writeStruct(writer, object as Record<string, unknown>, schema)),
  );
}

/** The same around a message that is encoded already. */
export function encodeEnvelopeOf(type: Typed, raw: Uint8Array): Uint8Array {
  return writing((writer) => writeEnvelope(writer, type, () => writer.bytes(raw)));
}

/** Opens an envelope without looking at the message. Throws ApiError BadRequest. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  if (!isEnvelope(bytes))
    throw errors.badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  try {
    return readEnvelope(new Reader(bytes.subarray(MAGIC.length)));
  } catch (error) {
    if (error instanceof DecodeError) throw errors.badRequest(`the protobuf envelope is malformed: ${error.message}`);
    throw error;
  }
}

function readEnvelope(reader: Reader): Envelope {
  const found = { apiVersion: '', kind: '', raw: new Uint8Array() as Uint8Array, contentType: '', contentEncoding: '' };
  while (reader.at < reader.end) {
    const tag = reader.varint();
    if (tag === 10) reader.within(() => readTypeMeta(reader, found));
    else if (tag === 18) found.raw = reader.raw();
    else if (tag === 26) found.contentEncoding = reader.text();
    else if (tag === 34) found.contentType = reader.text();
    else reader.skip(tag % 8);
  }
  return found;
}

function readTypeMeta(reader: Reader, found: { apiVersion: string; kind: string }): void {
  while (reader.at < reader.end) {
    const tag = reader.varint();
    if (tag === 10) found.apiVersion = reader.text();
    else if (tag === 18) found.kind = reader.text();
    else reader.skip(tag % 8);
  }
}

/**
 * Decodes an enveloped object of any built-in kind, or of the kind that `schema` says. apiVersion and kind are taken from the envelope.
 * Throws ApiError BadRequest for malformed bytes and for a kind that the facts do not know.
 */
export function decodeEnvelopedObject<T = KubeObject>(bytes: Uint8Array, schema?: StructSchema): T {
  const { apiVersion, kind, raw } = decodeEnvelope(bytes);
  const known = schema ?? schemaFor({ ...parseApiVersion(apiVersion), kind });
  if (known === undefined)
    throw errors.badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  const decoded = decodeProtobuf<Record<string, unknown>>(raw, known, (inner) => decodeEnvelopedObject(inner));
  return (kind === '' ? decoded : { kind, apiVersion, ...decoded }) as T;
}

/**
 * A list in its envelope, from items that are encoded already (without envelopes), so that a list of cached items copies bytes and
 * encodes nothing. `metadata` is the ListMeta, as JSON has it.
 */
export function encodeListEnvelope(type: Typed, metadata: object, items: readonly Uint8Array[]): Uint8Array {
  const schema = schemaOfType(LIST_META);
  return writing((writer) =>
    writeEnvelope(writer, type, () => {
      for (let at = items.length - 1; at >= 0; at -= 1) {
        const before = writer.length;
        writer.bytes(items[at] ?? EMPTY);
        writer.delimit(2, before);
      }
      const before = writer.length;
      if (schema?.kind === 'struct') writeStruct(writer, metadata as Record<string, unknown>, schema);
      writer.delimit(1, before);
    }),
  );
}

/**
 * What stands before and after the items of a list, for lists that are written a part at a time. `itemsBytes` is the length of all
 * items, each with its head.
 */
export function listEnvelopeEnds(
  type: Typed,
  metadata: object,
  itemsBytes: number,
): { readonly head: Uint8Array; readonly tail: Uint8Array } {
  const whole = encodeListEnvelope(type, metadata, []);
  const { raw } = decodeEnvelope(whole);
  const tail = writing((writer) => {
    writeText(writer, 4, '');
    writeText(writer, 3, '');
  });
  const head = writing((writer) => {
    writer.bytes(raw);
    writer.varint(raw.length + itemsBytes);
    writer.tag(2, 2);
    const typeStart = writer.length;
    writeText(writer, 2, type.kind ?? '');
    writeText(writer, 1, type.apiVersion ?? '');
    writer.delimit(1, typeStart);
    writer.bytes(MAGIC);
  });
  return { head, tail };
}

/** An item of a list with its head. */
export function encodeListItem(object: unknown, schema: StructSchema): Uint8Array {
  return writing((writer) => {
    writeStruct(writer, object as Record<string, unknown>, schema);
    writer.delimit(2, 0);
  });
}

/** A watch event in protobuf: the object is an envelope of its own, so it can be encoded once for all watchers. */
export function encodeWatchEvent(type: string, object: Uint8Array): Uint8Array {
  return writing((writer) => {
    const before = writer.length;
    writer.bytes(object);
    writer.delimit(1, before);
    writer.delimit(2, before);
    writeText(writer, 1, type);
  });
}

/**
 * How gnostic's messages are written from JSON documents: what both versions of OpenAPI share.
 */
import { writing } from '../protobuf/encode.ts';
import type { Writer } from '../protobuf/writer.ts';

export type Json = Readonly<Record<string, unknown>>;
/** Writes the value of one field. */
export type Write = (writer: Writer, number: number, value: unknown) => void;
export type Fields = Readonly<Record<string, readonly [number: number, write: Write]>>;

export function delimited(writer: Writer, number: number, content: () => void): void {
  const before = writer.length;
  content();
  writer.delimit(number, before);
}

export const text: Write = (writer, number, value) => delimited(writer, number, () => writer.string(String(value)));
export const flag: Write = (writer, number, value) => {
  if (value !== true) return; // proto3 leaves false out.
  writer.varint(1);
  writer.tag(number, 0);
};
/** Anything, as YAML text, of which JSON is a form. */
export const any: Write = (writer, number, value) =>
  delimited(writer, number, () => text(writer, 2, `${JSON.stringify(value)}\n`));
export const repeated =
  (write: Write): Write =>
  (writer, number, value) => {
    for (const item of (value as readonly unknown[]).toReversed()) write(writer, number, item);
  };
/** A message whose fields are taken from the object by name. Fields are looked up late, because messages refer to each other. */
export const message =
  (fields: () => Fields): Write =>
  (writer, number, value) =>
    delimited(writer, number, () => writeFields(writer, value as Json, fields()));

/** Entries of a map as messages of a name (1) and a value (2). */
export const named =
  (write: Write): Write =>
  (writer, number, value) => {
    for (const [name, item] of Object.entries(value as Json).reverse()) {
      delimited(writer, number, () => {
        write(writer, 2, item);
        text(writer, 1, name);
      });
    }
  };
/** A message around field 1 (or another), as gnostic's oneofs and maps are. */
export const within =
  (write: Write, inner = 1): Write =>
  (writer, number, value) =>
    delimited(writer, number, () => write(writer, inner, value));

export function writeFields(writer: Writer, value: Json, fields: Fields): void {
  const extension = fields['x-']?.[0];
  if (extension !== undefined) {
    const extensions = Object.entries(value).filter(([key]) => key.startsWith('x-'));
    named(any)(writer, extension, Object.fromEntries(extensions));
  }
  const known = Object.entries(fields).filter(([key]) => key !== 'x-' && value[key] !== undefined);
  for (const [key, [number, write]] of known.sort(([, [a]], [, [b]]) => b - a)) write(writer, number, value[key]);
}

/** The entries of a map, each encoded by itself. */
export function* entries(map: Json, number: number, write: Write): Generator<void, readonly Uint8Array[]> {
  const encoded: Uint8Array[] = [];
  for (const [name, item] of Object.entries(map)) {
    encoded.push(writing((writer) => named(write)(writer, number, { [name]: item })));
    yield;
  }
  return encoded;
}

/** The pieces of a message with its head in front. */
export function around(number: number, pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [
    writing((writer) => {
      writer.varint(length);
      writer.tag(number, 2);
    }),
    ...pieces,
  ];
}

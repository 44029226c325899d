/**
 * The v2 document as protobuf (media type application/com.github.proto-openapi.spec.v2@v1.0+protobuf): gnostic's messages, which old
 * clients such as kubectl 1.20 ask for. Message and field numbers are those of gnostic's OpenAPIv2.proto.
 */
import { writing } from '../protobuf/encode.ts';
import type { Writer } from '../protobuf/writer.ts';

/** What a client asks for; the `@` makes it no valid media type, so answers carry the other one. */
export const OPENAPI_V2_PROTOBUF_ACCEPTED = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

type Json = Readonly<Record<string, unknown>>;
/** Writes the value of one field. */
type Write = (writer: Writer, number: number, value: unknown) => void;
type Fields = Readonly<Record<string, readonly [number: number, write: Write]>>;

function delimited(writer: Writer, number: number, content: () => void): void {
  const before = writer.length;
  content();
  writer.delimit(number, before);
}

const text: Write = (writer, number, value) => delimited(writer, number, () => writer.string(String(value)));
const flag: Write = (writer, number, value) => {
  if (value !== true) return; // proto3 leaves false out.
  writer.varint(1);
  writer.tag(number, 0);
};
/** Anything, as YAML text, of which JSON is a form. */
const any: Write = (writer, number, value) =>
  delimited(writer, number, () => text(writer, 2, `${JSON.stringify(value)}\n`));
const repeated =
  (write: Write): Write =>
  (writer, number, value) => {
    for (const item of (value as readonly unknown[]).toReversed()) write(writer, number, item);
  };
/** A message whose fields are taken from the object by name. Fields are looked up late, because messages refer to each other. */
const message =
  (fields: () => Fields): Write =>
  (writer, number, value) =>
    delimited(writer, number, () => writeFields(writer, value as Json, fields()));

/** Entries of a map as messages of a name (1) and a value (2). */
const named =
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
const within =
  (write: Write, inner = 1): Write =>
  (writer, number, value) =>
    delimited(writer, number, () => write(writer, inner, value));

function writeFields(writer: Writer, value: Json, fields: Fields): void {
  const extension = fields['x-']?.[0];
  if (extension !== undefined) {
    const extensions = Object.entries(value).filter(([key]) => key.startsWith('x-'));
    named(any)(writer, extension, Object.fromEntries(extensions));
  }
  const known = Object.entries(fields).filter(([key]) => key !== 'x-' && value[key] !== undefined);
  for (const [key, [number, write]] of known.sort(([, [a]], [, [b]]) => b - a)) write(writer, number, value[key]);
}

const schema = message(() => SCHEMA);
const parameter: Write = (writer, number, value) => {
  const place = (value as Json)['in'];
  const inner =
    place === 'body'
      ? message(() => BODY)
      : place === 'path'
        ? within(
            message(() => PATH_PARAMETER),
            4,
          )
        : within(
            message(() => QUERY),
            3,
          );
  // ParametersItem.parameter, then Parameter.body_parameter or .non_body_parameter.
  delimited(writer, number, () => delimited(writer, 1, () => inner(writer, place === 'body' ? 1 : 2, value)));
};

const SCHEMA: Fields = {
  $ref: [1, text],
  format: [2, text],
  title: [3, text],
  description: [4, text],
  default: [5, any],
  required: [19, repeated(text)],
  enum: [20, repeated(any)],
  additionalProperties: [21, within(schema)],
  type: [22, within(text)],
  items: [23, within(schema)],
  allOf: [24, repeated(schema)],
  properties: [25, within(named(schema))],
  'x-': [31, any],
};
const BODY: Fields = {
  description: [1, text],
  name: [2, text],
  in: [3, text],
  required: [4, flag],
  schema: [5, schema],
  'x-': [6, any],
};
const QUERY: Fields = {
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
  type: [6, text],
  uniqueItems: [20, flag],
  'x-': [23, any],
};
const PATH_PARAMETER: Fields = {
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
  type: [5, text],
  uniqueItems: [19, flag],
  'x-': [22, any],
};
const RESPONSE: Fields = { description: [1, text], schema: [2, within(schema)], 'x-': [5, any] };
const OPERATION: Fields = {
  tags: [1, repeated(text)],
  description: [3, text],
  operationId: [5, text],
  produces: [6, repeated(text)],
  consumes: [7, repeated(text)],
  parameters: [8, repeated(parameter)],
  responses: [9, within(named(within(message(() => RESPONSE))))],
  schemes: [10, repeated(text)],
  'x-': [13, any],
};
const operation = message(() => OPERATION);
const PATH_ITEM: Fields = {
  get: [2, operation],
  put: [3, operation],
  post: [4, operation],
  delete: [5, operation],
  options: [6, operation],
  head: [7, operation],
  patch: [8, operation],
  parameters: [9, repeated(parameter)],
  'x-': [10, any],
};
const INFO: Fields = { title: [1, text], version: [2, text], description: [3, text], 'x-': [7, any] };
const API_KEY: Fields = { type: [1, text], name: [2, text], in: [3, text], description: [4, text] };
const strings: Write = (writer, number, value) => delimited(writer, number, () => repeated(text)(writer, 1, value));
/** Without paths (8) and definitions (9), which are encoded entry by entry. */
const DOCUMENT: Fields = {
  swagger: [1, text],
  info: [2, message(() => INFO)],
  security: [12, repeated(within(named(strings)))],
  securityDefinitions: [
    13,
    within(
      named(
        within(
          message(() => API_KEY),
          2,
        ),
      ),
    ),
  ],
};

/** The protobuf of a document that openApiV2Document made. */
export function encodeOpenApiV2(document: Json): Uint8Array {
  const steps = encodeOpenApiV2Steps(document);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** The same in steps of a millisecond or less, so that the caller can let others run in between. */
export function* encodeOpenApiV2Steps(document: Json): Generator<void, Uint8Array> {
  const { paths = {}, definitions = {}, ...rest } = document;
  const { swagger, info, ...tail } = rest;
  const head = writing((writer) => writeFields(writer, { swagger, info }, DOCUMENT));
  const pathEntries = yield* entries(
    paths as Json,
    2,
    message(() => PATH_ITEM),
  );
  const definitionEntries = yield* entries(definitions as Json, 1, schema);
  const end = writing((writer) => writeFields(writer, tail, DOCUMENT));
  return Buffer.concat([head, ...around(8, pathEntries), ...around(9, definitionEntries), end]);
}

/** The entries of a map, each encoded by itself. */
function* entries(map: Json, number: number, write: Write): Generator<void, readonly Uint8Array[]> {
  const encoded: Uint8Array[] = [];
  for (const [name, item] of Object.entries(map)) {
    encoded.push(writing((writer) => named(write)(writer, number, { [name]: item })));
    yield;
  }
  return encoded;
}

/** The pieces of a message with its head in front. */
function around(number: number, pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [
    writing((writer) => {
      writer.varint(length);
      writer.tag(number, 2);
    }),
    ...pieces,
  ];
}

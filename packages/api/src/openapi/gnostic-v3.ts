/**
 * A v3 document as protobuf: gnostic's messages. Message and field numbers are those of gnostic's OpenAPIv3.proto.
 */
import { writing } from '../protobuf/encode.ts';
import {
  any,
  around,
  delimited,
  entries,
  type Fields,
  flag,
  type Json,
  message,
  named,
  repeated,
  text,
  type Write,
  within,
  writeFields,
} from './gnostic-writer.ts';

/** What clients ask for, in the order of their age; the `@` makes the first no valid media type, so answers carry the other. */
export const OPENAPI_V3_PROTOBUF_ACCEPTED = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf';
export const OPENAPI_V3_PROTOBUF = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';

/** The oneofs of gnostic: the thing itself (1) or a reference to it (2). */
const orReference =
  (fields: () => Fields): Write =>
  (writer, number, value) =>
    delimited(writer, number, () =>
      (value as Json)['$ref'] === undefined
        ? message(fields)(writer, 1, value)
        : message(() => REFERENCE)(writer, 2, value),
    );

/** Scalars only: the format has no room for other defaults, which become an empty message as upstream. */
const defaultType: Write = (writer, number, value) =>
  delimited(writer, number, () => {
    if (typeof value === 'string') text(writer, 3, value);
    else if (typeof value === 'boolean') flag(writer, 2, value);
    else if (typeof value === 'number') {
      writer.double(value);
      writer.tag(1, 1);
    }
  });

const REFERENCE: Fields = { $ref: [1, text] };
const schema = orReference(() => SCHEMA);
const SCHEMA: Fields = {
  uniqueItems: [20, flag],
  required: [23, repeated(text)],
  enum: [24, repeated(any)],
  type: [25, text],
  allOf: [26, repeated(schema)],
  oneOf: [27, repeated(schema)],
  items: [30, within(schema)],
  properties: [31, within(named(schema))],
  additionalProperties: [32, within(schema)],
  default: [33, defaultType],
  description: [34, text],
  format: [35, text],
  'x-': [36, any],
};
const content = within(named(message(() => ({ schema: [1, schema] }))));
const PARAMETER: Fields = {
  name: [1, text],
  in: [2, text],
  description: [3, text],
  required: [4, flag],
  schema: [10, schema],
};
const REQUEST_BODY: Fields = { description: [1, text], content: [2, content], required: [3, flag] };
const RESPONSE: Fields = { description: [1, text], content: [3, content] };
const OPERATION: Fields = {
  tags: [1, repeated(text)],
  description: [3, text],
  operationId: [5, text],
  parameters: [6, repeated(orReference(() => PARAMETER))],
  requestBody: [7, orReference(() => REQUEST_BODY)],
  responses: [8, within(named(orReference(() => RESPONSE)), 2)],
  'x-': [13, any],
};
const operation = message(() => OPERATION);
const PATH_ITEM: Fields = {
  get: [4, operation],
  put: [5, operation],
  post: [6, operation],
  delete: [7, operation],
  options: [8, operation],
  head: [9, operation],
  patch: [10, operation],
  parameters: [13, repeated(orReference(() => PARAMETER))],
};
const INFO: Fields = { title: [1, text], description: [2, text], version: [6, text] };
const SECURITY_SCHEME: Fields = { type: [1, text], description: [2, text], name: [3, text], in: [4, text] };
const HEAD: Fields = { openapi: [1, text], info: [2, message(() => INFO)] };
const SECURITY: Fields = { securitySchemes: [7, within(named(orReference(() => SECURITY_SCHEME)))] };

/** The protobuf of a document that openApiV3Document made, in steps like those of encodeOpenApiV2Steps. */
export function* encodeOpenApiV3Steps(document: Json): Generator<void, Uint8Array> {
  const { paths = {}, components = {}, openapi, info } = document;
  const { schemas = {}, ...rest } = components as Json;
  const head = writing((writer) => writeFields(writer, { openapi, info }, HEAD));
  const pathEntries = yield* entries(
    paths as Json,
    1,
    message(() => PATH_ITEM),
  );
  const schemaEntries = yield* entries(schemas as Json, 1, schema);
  const security = writing((writer) => writeFields(writer, rest, SECURITY));
  const componentPieces = [...around(1, schemaEntries), security];
  return Buffer.concat([head, ...around(4, pathEntries), ...around(5, componentPieces)]);
}

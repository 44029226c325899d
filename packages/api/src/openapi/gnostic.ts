/**
 * The v2 document as protobuf (media type application/com.github.proto-openapi.spec.v2@v1.0+protobuf): gnostic's messages, which old
 * clients such as kubectl 1.20 ask for. Message and field numbers are those of gnostic's OpenAPIv2.proto.
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

/** What a client asks for; the `@` makes it no valid media type, so answers carry the other one. */
export const OPENAPI_V2_PROTOBUF_ACCEPTED = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

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

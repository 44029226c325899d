import { decodeCbor, decodeEnvelopedObject, decodeJson, decodeYaml, errors, type StructSchema } from '@steersman/api';
import type { Exchange } from '../pipeline/exchange.ts';
import type { AnyObject } from '../registry/any-object.ts';
import { bodyFormat, OFFERED } from './negotiate.ts';

export interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Older versions of the group that have the same fields. */
  readonly alsoVersions?: readonly string[];
}
/** The version of options in a body: clients write them in the version of the resource's own group, or in v1, or in none. */
export const ANY_VERSION = '*';
export interface DecodeOptions {
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  readonly warn: (message: string) => void;
}

/** Decodes a request body by its content type and checks that it is of the expected kind. */
export function decodeBody(
  { request, work }: Exchange,
  schema: StructSchema,
  expected: ExpectedKind,
  options: DecodeOptions,
): Promise<AnyObject> {
  work.decodes += 1;
  return request.body().then((bytes) => decodeBytes(bytes, request.headers['content-type'], schema, expected, options));
}

export function decodeBytes(
  bytes: Uint8Array,
  contentType: string | undefined,
  schema: StructSchema,
  expected: ExpectedKind,
  options: DecodeOptions,
): AnyObject {
  const format = bodyFormat(contentType);
  if (format === undefined) throw errors.unsupportedMediaType([...OFFERED]);
  const { fieldValidation } = options;
  if (format === 'protobuf') return checkKind(decodeEnvelopedObject<AnyObject>(bytes, schema), expected);
  const decode = format === 'json' ? decodeJson : format === 'cbor' ? decodeCbor : decodeYaml;
  const decoded = decode(bytes, schema, { fieldValidation });
  for (const problem of decoded.problems) options.warn(problem);
  return checkKind(decoded.object as unknown as AnyObject, expected);
}

/** The object as the expected kind; throws BadRequest when it says to be another. */
export function checkKind(object: AnyObject, expected: ExpectedKind): AnyObject {
  const apiVersion = expected.group === '' ? expected.version : `${expected.group}/${expected.version}`;
  const { kind = '', apiVersion: given = '' } = object;
  if (kind !== '' && kind !== expected.kind) {
    const version = given.slice(given.lastIndexOf('/') + 1);
    throw errors.badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: expected kind ${JSON.stringify(expected.kind)}`,
    );
  }
  const also = (expected.alsoVersions ?? []).map((version) => `${expected.group}/${version}`);
  if (expected.version !== ANY_VERSION && given !== '' && given !== apiVersion && !also.includes(given))
    throw errors.badRequest(
      `the API version in the data (${given}) does not match the expected API version (${apiVersion})`,
    );
  object.kind = expected.kind;
  object.apiVersion = apiVersion;
  object.metadata ??= {};
  return object;
}

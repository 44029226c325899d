import {
  decodeCbor,
  decodeEnvelopedObject,
  decodeJson,
  decodeYaml,
  decodeYamlReading,
  errors,
  isEnvelope,
  parseCbor,
  parseJson,
  readYaml,
  readYamlAside,
  type StructSchema,
  unrecognizedBody,
  YAML_ASIDE_BYTES_MIN,
  type YamlReading,
  yamlRefusal,
} from '@steersman/api';
import type { Exchange } from '../pipeline/exchange.ts';
import type { AnyObject } from '../registry/any-object.ts';
import { ANY_VERSION, type ExpectedKind } from './expected-kind.ts';
import { foreignBody } from './foreign-body.ts';
import { bodyFormat, OFFERED } from './negotiate.ts';

/** Upstream's words, with the four bytes of `k8s\0`. */
const NO_ENVELOPE = 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]';

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
  const type = request.headers['content-type'];
  return request.body().then((bytes) => {
    if (bytes.length < YAML_ASIDE_BYTES_MIN || bodyFormat(type) !== 'yaml')
      return decodeBytes(bytes, type, schema, expected, options);
    return decodeLongYaml(bytes, type, schema, expected, options);
  });
}

/** Reads it in another thread. */
async function decodeLongYaml(
  bytes: Uint8Array,
  type: string | undefined,
  schema: StructSchema,
  expected: ExpectedKind,
  options: DecodeOptions,
): Promise<AnyObject> {
  try {
    const reading = await readYamlAside(textOf(bytes));
    return decodeBytes(bytes, type, schema, expected, options, reading);
  } catch (error) {
    throw yamlRefusal(error);
  }
}

export function decodeBytes(
  bytes: Uint8Array,
  contentType: string | undefined,
  schema: StructSchema,
  expected: ExpectedKind,
  options: DecodeOptions,
  read?: YamlReading,
): AnyObject {
  const format = bodyFormat(contentType);
  if (format === undefined) throw errors.unsupportedMediaType([...OFFERED]);
  if (format === 'protobuf') {
    // Whatever a client sends, nobody can tell what that is.
    if (!isEnvelope(bytes))
      throw unrecognizedBody(expected.kind, bytes.length === 0 ? 'empty data' : NO_ENVELOPE, textOf(bytes));
    return ofKind(decodeEnvelopedObject<AnyObject>(bytes, schema), expected);
  }
  const decode = format === 'json' ? decodeJson : format === 'cbor' ? decodeCbor : decodeYaml;
  const problems: string[] = [];
  let object: AnyObject;
  try {
    const how = { fieldValidation: options.fieldValidation };
    const decoded = read === undefined ? decode(bytes, schema, how) : decodeYamlReading(read, schema, how);
    problems.push(...decoded.problems);
    object = decoded.object as unknown as AnyObject;
  } catch (error) {
    const document = documentOf(bytes, format, read);
    // Go reads null into anything, and changes nothing.
    if (document === null) return ofKind(decodeJson<AnyObject>('{}', schema).object, expected);
    throw foreignBody(document, expected, textOf(bytes)) ?? error;
  }
  if (!isOfKind(object, expected)) {
    const foreign = foreignBody(documentOf(bytes, format, read), expected, textOf(bytes));
    if (foreign !== undefined) throw foreign;
  }
  for (const problem of problems) options.warn(problem);
  return ofKind(object, expected);
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

/** The body parsed once more, for errors. Undefined where it cannot be. */
function documentOf(bytes: Uint8Array, format: 'json' | 'yaml' | 'cbor', read?: YamlReading): unknown {
  if (read !== undefined) return read.documents[0];
  try {
    if (format === 'cbor') return parseCbor(bytes);
    return format === 'json' ? parseJson(textOf(bytes)) : readYaml(textOf(bytes)).documents[0];
  } catch {
    return undefined;
  }
}

function apiVersionOf({ group, version }: ExpectedKind): string {
  return group === '' ? version : `${group}/${version}`;
}

function isOfKind({ kind = '', apiVersion = '' }: AnyObject, expected: ExpectedKind): boolean {
  return (kind === '' || kind === expected.kind) && (apiVersion === '' || isOfVersion(apiVersion, expected));
}

function isOfVersion(given: string, expected: ExpectedKind): boolean {
  if (given === apiVersionOf(expected) || expected.version === ANY_VERSION) return true;
  return (expected.alsoVersions ?? []).some((version) => given === `${expected.group}/${version}`);
}

/** The object as the expected kind; throws BadRequest when it says to be another. */
function ofKind(object: AnyObject, expected: ExpectedKind): AnyObject {
  const { kind = '', apiVersion: given = '' } = object;
  if (kind !== '' && kind !== expected.kind)
    throw foreignBody(object, expected, JSON.stringify(object)) ?? notOfKind(kind, given, expected);
  if (given !== '' && !isOfVersion(given, expected) && !isOpen(given, expected))
    throw (
      foreignBody(object, expected, JSON.stringify(object)) ??
      errors.badRequest(
        `the API version in the data (${given}) does not match the expected API version (${apiVersionOf(expected)})`,
      )
    );
  return named(object, expected);
}

/** A group without a version, which is filled in. */
function isOpen(given: string, { group }: ExpectedKind): boolean {
  return given.endsWith('/') && (given === `${group}/` || given === '/');
}

function notOfKind(kind: string, apiVersion: string, expected: ExpectedKind): Error {
  const version = apiVersion.slice(apiVersion.lastIndexOf('/') + 1);
  return errors.badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: expected kind ${JSON.stringify(expected.kind)}`,
  );
}

/** The object, saying that it is what is expected. */
export function named(object: AnyObject, expected: ExpectedKind): AnyObject {
  object.kind = expected.kind;
  object.apiVersion = apiVersionOf(expected);
  object.metadata ??= {};
  return object;
}

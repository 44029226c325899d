/**
 * JSON documents to objects of the API, as a server decodes what clients send.
 */
import type { KubeObject } from '../contract.ts';
import { type ApiError, errors } from '../errors.ts';
import type { StructSchema } from '../schema/schema.ts';
import { mayHoldFractions, parseJson } from './numbers.ts';
import { DecodeError, Trail } from './problems.ts';
import { checkIntegers, countKeysOfText, reportFields, syntaxProblem } from './scan.ts';
import { decodeStruct } from './walk.ts';

/** What to do about unknown and duplicate fields: the `fieldValidation` of a request. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface DecodeOptions {
  /** Default: Ignore. */
  readonly fieldValidation?: FieldValidation;
  /** The error for a value that does not fit; BadRequest about the whole object when absent. */
  readonly refusal?: (error: DecodeError) => ApiError;
}

export interface Decoded<T = KubeObject> {
  readonly object: T;
  /** For `Warn`: one text per unknown or duplicate field, such as `unknown field "spec.foo"`. */
  readonly problems: readonly string[];
}

/**
 * Decodes the JSON of one object into canonical form: fields in upstream's order, unknown ones dropped, null and what `omitempty`
 * drops left out, structs that upstream always writes present, quantities and times canonical.
 * Throws ApiError BadRequest with upstream's words for malformed or mistyped input, and in Strict mode for any unknown or duplicate field.
 */
export function decodeJson<T = KubeObject>(
  bytes: Uint8Array | string,
  schema: StructSchema,
  options: DecodeOptions = {},
): Decoded<T> {
  const text = typeof bytes === 'string' ? bytes : textOf(bytes);
  let document: unknown;
  try {
    document = parseJson(text);
  } catch {
    throw unrecognizedBody(schema.name, `couldn't get version/kind; json parse error: ${syntaxProblem(text)}`, text);
  }
  if (mayHoldFractions(text)) refuseFractions(text, schema, document, options);
  return decodeDocument<T>(document, schema, options, (trail) => {
    if (trail.keys === countKeysOfText(text)) return;
    trail.problems.length = 0;
    reportFields(text, schema, trail);
  });
}

/** Upstream takes `1.0` and `1e3` for no integers, which only the text can tell. */
function refuseFractions(text: string, schema: StructSchema, document: unknown, options: DecodeOptions): void {
  try {
    checkIntegers(text, schema);
  } catch (error) {
    if (error instanceof DecodeError) throw refused(error, document, schema, options);
    throw error;
  }
}

function refused(error: DecodeError, document: unknown, schema: StructSchema, { refusal }: DecodeOptions): ApiError {
  return refusal === undefined ? cannotBeHandled(document, schema, error.message) : refusal(error);
}

/** The same for a document that is parsed already. `recheck` may correct what was found. */
export function decodeDocument<T = KubeObject>(
  document: unknown,
  schema: StructSchema,
  options: DecodeOptions = {},
  recheck?: (trail: Trail) => void,
): Decoded<T> {
  const validation = options.fieldValidation ?? 'Ignore';
  const trail = new Trail();
  try {
    const object = decodeStruct(document, schema, trail) as T;
    if (validation === 'Ignore') return { object, problems: [] };
    recheck?.(trail);
    if (validation === 'Strict' && trail.problems.length > 0)
      throw new DecodeError(`strict decoding error: ${trail.problems.join(', ')}`);
    return { object, problems: trail.problems };
  } catch (error) {
    if (error instanceof DecodeError) throw refused(error, document, schema, options);
    throw error;
  }
}

/**
 * Canonical form of an object made in code rather than received: what decoding its JSON would give.
 * Throws ApiError BadRequest like decodeJson.
 */
export function normalize<T = KubeObject>(object: unknown, schema: StructSchema): T {
  return decodeDocument<T>(object, schema).object;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** `Pod in version "v1" cannot be handled as a Pod: ...` */
function cannotBeHandled(document: unknown, schema: StructSchema, problem: string): ApiError {
  const given = typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : {};
  const kind = typeof given['kind'] === 'string' && given['kind'] !== '' ? given['kind'] : schema.name;
  const apiVersion =
    typeof given['apiVersion'] === 'string' && given['apiVersion'] !== '' ? given['apiVersion'] : schema.version;
  const version = apiVersion.slice(apiVersion.lastIndexOf('/') + 1);
  return errors.badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${schema.name}: ${problem}`,
  );
}

const SUMMARY_LENGTH_MAX = 30; // Upstream shows no more of a body it does not understand.

/** The error for a body of which nobody can tell what it is. */
export function unrecognizedBody(kind: string, problem: string, text: string): ApiError {
  const body = Buffer.from(text);
  const head = body.subarray(0, SUMMARY_LENGTH_MAX);
  const shown = text.startsWith('{') ? head.toString('utf8') : head.toString('hex');
  const summary = body.length === 0 ? '<empty>' : `${shown}${body.length > SUMMARY_LENGTH_MAX ? ' ...' : ''}`;
  return errors.badRequest(`the object provided is unrecognized (must be of type ${kind}): ${problem} (${summary})`);
}

/**
 * PATCH: JSON patch (RFC 6902), merge patch (RFC 7386), strategic merge patch, and apply.
 */
import {
  ApiError,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  checkDepth,
  decodeJson,
  duplicateFields,
  errors,
  fieldErrors,
  goText,
  jsonPatchProblems,
  type KubeObject,
  parseCbor,
  parseJson,
  path,
  readYaml,
  readYamlAside,
  type StructSchema,
  syntaxProblem,
  valueKind,
  YAML_ASIDE_BYTES_MIN,
  YamlError,
  type YamlReading,
  yamlErrors,
} from '@steersman/api';
import type { Outcome } from '../pipeline/exchange.ts';
import type { AnyObject } from '../registry/any-object.ts';
import type { UpdateView } from '../registry/engine.ts';
import { trackingOf } from '../registry/tracking.ts';
import { applyEdits } from './apply.ts';
import { inServedVersion, sendWritten } from './create.ts';
import { named } from './decode-body.ts';
import { toMain } from './defaults.ts';
import type { ExpectedKind } from './expected-kind.ts';
import { foreignObject } from './foreign-body.ts';
import { parseClause } from './negotiate.ts';
import {
  contextFor,
  type ResourceRequest,
  type RestContext,
  type WriteParameters,
  writeParameters,
} from './rest-context.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';
const TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};
const APPLY_CBOR = 'application/apply-patch+cbor'; // Read, but not offered in error messages: upstream's gate for it is off.

export async function patchObject(rest: RestContext, request: ResourceRequest, view: UpdateView): Promise<Outcome> {
  const { exchange, resource, name, namespace } = request;
  const type = patchTypeOf(exchange.request.headers['content-type']);
  const bytes = await exchange.request.body();
  const parameters = writeParameters(exchange.request.query, 'PatchOptions', type === 'apply');
  const read = await readPatch(bytes, type, exchange.request.headers['content-type']);
  const { patch } = read;
  exchange.work.decodes += 1;
  const warn = (text: string) => void exchange.warnings.push(text);
  const odd = oddities(bytes, read, type, parameters);
  const context = contextFor(rest, request, 'update', parameters.dryRun);
  const now = rest.effects.clock.now();
  const shared = { resource: resource.main, key: { namespace, name }, view, context, admit: true, retry: true };
  if (type === 'apply') for (const problem of odd) warn(problem);
  const written =
    type === 'apply'
      ? await rest.engine.update({ ...shared, ...applyEdits(request, patch, parameters, now, view) })
      : await rest.engine.update({
          ...shared,
          edit: (old) =>
            toMain(patched(inServedVersion(resource, old), patch, type, resource, parameters, warn, odd), resource),
          tracking: trackingOf(exchange.request, parameters.fieldManager, request.subresource, now),
        });
  return sendWritten(request, written);
}

export function patchTypeOf(contentType: string | undefined): PatchType {
  const given = parseClause(contentType ?? '').type;
  const type = given === APPLY_CBOR ? 'apply' : TYPES[given];
  if (type === undefined) throw errors.unsupportedMediaType(Object.keys(TYPES));
  return type;
}

/** A patch that has been read, and the keys that its YAML has twice. */
export interface ReadPatch {
  readonly patch: unknown;
  readonly duplicates: readonly string[];
}

/** Reads a patch; a long one in YAML in another thread. */
export async function readPatch(
  bytes: Uint8Array,
  type: PatchType,
  contentType: string | undefined,
): Promise<ReadPatch> {
  try {
    if (type === 'apply' && parseClause(contentType ?? '').type === APPLY_CBOR)
      return { patch: parseCbor(bytes), duplicates: [] };
    const text = Buffer.from(bytes).toString('utf8');
    if (type === 'apply')
      return appliedYaml(bytes.length < YAML_ASIDE_BYTES_MIN ? readYaml(text) : await readYamlAside(text));
    return { patch: patchOf(text, type), duplicates: [] };
  } catch (error) {
    if (type === 'apply' && error instanceof YamlError)
      throw errors.badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
    if (error instanceof ApiError) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw errors.badRequest(type === 'strategic' ? problem : `error decoding patch: ${problem}`);
  }
}

function patchOf(text: string, type: PatchType): unknown {
  const patch = jsonOf(text, type);
  checkDepth(patch);
  if (type === 'strategic' && !isObject(patch)) throw errors.badRequest(notAnObject(patch));
  return patch;
}

/** The JSON of a patch. Throws in Go's words. */
function jsonOf(text: string, type: PatchType): unknown {
  try {
    return parseJson(text);
  } catch {
    throw errors.badRequest(`${type === 'strategic' ? '' : 'error decoding patch: '}${syntaxProblem(text)}`);
  }
}

function appliedYaml({ documents, duplicates }: YamlReading): ReadPatch {
  return { patch: mappingOf(documents.find((document) => document !== null && document !== undefined)), duplicates };
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const notAnObject = (value: unknown) =>
  `json: cannot unmarshal ${valueKind(value)} into Go value of type map[string]interface {}`;

function mappingOf(document: unknown): unknown {
  if (document === undefined || (typeof document === 'object' && !Array.isArray(document))) return document;
  throw errors.badRequest(
    `error decoding YAML: error unmarshaling JSON: while decoding JSON: ${notAnObject(document)}`,
  );
}

export interface PatchTarget {
  readonly schema: StructSchema;
  readonly info: ExpectedKind;
}

/** What is odd about the patch itself, such as keys that it has twice; nobody looks unless unknown fields are looked for. */
export function oddities(
  bytes: Uint8Array,
  { patch, duplicates }: ReadPatch,
  type: PatchType,
  { fieldValidation }: WriteParameters,
): readonly string[] {
  if (fieldValidation === 'Ignore') return [];
  if (type === 'apply') {
    if (duplicates.length === 0 || fieldValidation === 'Warn') return duplicates;
    throw errors.badRequest(`error strict decoding YAML: error converting YAML to JSON: ${yamlErrors(duplicates)}`);
  }
  const text = Buffer.from(bytes).toString('utf8');
  return type === 'json' ? jsonPatchProblems(patch, text) : duplicateFields(text);
}

/**
 * The object with the patch applied, decoded again so that the result is checked like any other input. It keeps the
 * resourceVersion it was read with unless the patch names another.
 */
export function patched(
  old: KubeObject,
  patch: unknown,
  type: PatchType,
  { schema, info }: PatchTarget,
  parameters: WriteParameters,
  warn: (text: string) => void,
  odd: readonly string[] = [],
): AnyObject {
  const { fieldValidation } = parameters;
  const made = applyPatch(old, patch, type, schema);
  const text = JSON.stringify(made);
  const invalid = (problem: string) => invalidPatch(type === 'strategic' ? goText(patch) : text, problem);
  const foreign = foreignPatched(made, type, info, text);
  if (foreign !== undefined) throw invalid(foreign);
  const { object, problems } = decodeJson(text, schema, {
    fieldValidation: fieldValidation === 'Strict' ? 'Warn' : fieldValidation,
    refusal: ({ message, conversion }) => invalid(type === 'strategic' ? conversion : message),
  });
  const decoded = named(object as unknown as AnyObject, info);
  const found = [...odd, ...problems];
  if (fieldValidation === 'Strict' && found.length > 0) throw invalid(`strict decoding error: ${found.join(', ')}`);
  for (const problem of found) warn(problem);
  if (decoded.metadata.name !== old.metadata.name)
    throw errors.badRequest(
      `the name of the object (${decoded.metadata.name ?? ''}) does not match the name on the URL (${old.metadata.name})`,
    );
  return decoded;
}

/** What a strategic patch makes is what its endpoint takes, whatever it says; the others are read anew, as any kind. */
function foreignPatched(made: unknown, type: PatchType, info: ExpectedKind, text: string): string | undefined {
  if (type === 'strategic' || typeof made !== 'object' || made === null) return undefined;
  const { kind, apiVersion } = made as Record<string, unknown>;
  if (typeof (kind ?? '') !== 'string' || typeof (apiVersion ?? '') !== 'string') return undefined;
  return foreignObject(made as Record<string, unknown>, info, text);
}

/** Upstream says it of an object without a kind and a name. */
function invalidPatch(value: string, problem: string): ApiError {
  return errors.invalid({ group: '', kind: '' }, '', [fieldErrors.invalid(path('patch'), value, problem)]);
}

function applyPatch(base: unknown, patch: unknown, type: PatchType, schema: StructSchema): unknown {
  if (type === 'json') return applyJsonPatch(base, patch);
  if (type === 'merge') return applyMergePatch(base, patch);
  return applyStrategicMergePatch(base, patch, schema);
}

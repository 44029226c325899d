/**
 * PATCH: JSON patch (RFC 6902), merge patch (RFC 7386), strategic merge patch, and apply.
 */
import {
  applyJsonPatch,
  applyMergePatch,
  applyServerSide,
  applyStrategicMergePatch,
  decodePartial,
  duplicateFields,
  errors,
  fieldErrors,
  formatTime,
  type KubeObject,
  parseCbor,
  parseJson,
  parseYamlDocuments,
  path,
  type StructSchema,
  YamlError,
} from '@steersman/api';
import type { Outcome } from '../pipeline/exchange.ts';
import type { AnyObject } from '../registry/any-object.ts';
import type { UpdateView } from '../registry/engine.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { trackingOf, versionsOf } from '../registry/tracking.ts';
import { inServedVersion, sendWritten } from './create.ts';
import { decodeBytes, type ExpectedKind } from './decode-body.ts';
import { toMain } from './defaults.ts';
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
  const parameters = writeParameters(exchange.request.query, 'PatchOptions');
  const type = patchTypeOf(exchange.request.headers['content-type']);
  if (type === 'apply' && parameters.fieldManager === '')
    throw errors.invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      {
        type: 'FieldValueRequired',
        field: 'fieldManager',
        message: 'Required value: is required for apply patch',
      } as never,
    ]);
  const bytes = await exchange.request.body();
  const patch = parsePatch(bytes, type, exchange.request.headers['content-type']);
  const warn = (text: string) => void exchange.warnings.push(text);
  const duplicates = duplicatesOf(bytes, type, parameters);
  const context = contextFor(rest, request, 'update', parameters.dryRun);
  const now = rest.effects.clock.now();
  const shared = { resource: resource.main, key: { namespace, name }, view, context, admit: true, retry: true };
  const written =
    type === 'apply'
      ? await rest.engine.update({ ...shared, ...applyEdits(request, patch, parameters, now, view === 'main') })
      : await rest.engine.update({
          ...shared,
          edit: (old) =>
            toMain(
              patched(inServedVersion(resource, old), patch, type, resource, parameters, warn, duplicates),
              resource,
            ),
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

export function parsePatch(bytes: Uint8Array, type: PatchType, contentType: string | undefined): unknown {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    if (type === 'apply' && parseClause(contentType ?? '').type === APPLY_CBOR) return parseCbor(bytes);
    return type === 'apply' ? parseYamlDocuments(text)[0] : parseJson(text);
  } catch (error) {
    if (type === 'apply' && error instanceof YamlError)
      throw errors.badRequest(`error decoding YAML: ${error.message}`);
    throw errors.badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export interface PatchTarget {
  readonly schema: StructSchema;
  readonly info: ExpectedKind;
}

/** Keys that the text of the patch itself has twice; nobody looks unless unknown fields are looked for. */
export function duplicatesOf(
  bytes: Uint8Array,
  type: PatchType,
  { fieldValidation }: WriteParameters,
): readonly string[] {
  if (fieldValidation === 'Ignore' || (type !== 'merge' && type !== 'strategic')) return [];
  return duplicateFields(Buffer.from(bytes).toString('utf8'));
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
  duplicates: readonly string[] = [],
): AnyObject {
  const { fieldValidation } = parameters;
  const problems = [...duplicates];
  const text = JSON.stringify(applyPatch(old, patch, type, schema));
  const decoded = decodeBytes(Buffer.from(text), 'application/json', schema, info, {
    fieldValidation: fieldValidation === 'Strict' ? 'Warn' : fieldValidation,
    warn: (problem) => void problems.push(problem),
  });
  if (fieldValidation === 'Strict' && problems.length > 0)
    throw errors.invalid({ group: '', kind: '' }, '', [
      fieldErrors.invalid(path('patch'), text, `strict decoding error: ${problems.join(', ')}`),
    ]);
  for (const problem of problems) warn(problem);
  if (decoded.metadata.name !== old.metadata.name)
    throw errors.badRequest(
      `the name of the object (${decoded.metadata.name ?? ''}) does not match the name on the URL (${old.metadata.name})`,
    );
  return decoded;
}

function applyPatch(base: unknown, patch: unknown, type: PatchType, schema: StructSchema): unknown {
  if (type === 'json') return applyJsonPatch(base, patch);
  if (type === 'merge') return applyMergePatch(base, patch);
  return applyStrategicMergePatch(base, patch, schema);
}

/** Server-side apply (KEP-555) to what is stored, or to nothing. */
function applyEdits(
  { resource, name, namespace, subresource }: ResourceRequest,
  patch: unknown,
  { fieldManager, force }: WriteParameters,
  now: number,
  mayCreate: boolean,
) {
  checkApplied(patch, resource);
  const applied = decodePartial(patch, resource.schema);
  const apply = (live: KubeObject | undefined): AnyObject => {
    const object = applyServerSide<KubeObject>({
      live: live === undefined ? undefined : inServedVersion(resource, live),
      applied,
      schema: resource.schema,
      force,
      manager: fieldManager,
      apiVersion: resource.apiVersion,
      subresource,
      now: formatTime(now),
      inVersion: versionsOf(resource),
    });
    const draft = structuredClone(object) as unknown as AnyObject;
    draft.kind = resource.info.kind;
    draft.apiVersion = resource.apiVersion;
    draft.metadata.name ??= name;
    if (resource.info.namespaced) draft.metadata.namespace ??= namespace;
    return toMain(draft, resource);
  };
  return { edit: (old: KubeObject) => apply(old), ...(mayCreate ? { createIfMissing: () => apply(undefined) } : {}) };
}

function checkApplied(patch: unknown, { info, apiVersion }: ServedResource): void {
  const {
    kind,
    apiVersion: given,
    metadata,
  } = (patch ?? {}) as {
    kind?: string;
    apiVersion?: string;
    metadata?: { managedFields?: unknown };
  };
  if (kind !== info.kind || given !== apiVersion)
    throw errors.badRequest(`the apply configuration must name apiVersion ${apiVersion} and kind ${info.kind}`);
  if (metadata?.managedFields !== undefined && metadata.managedFields !== null)
    throw errors.badRequest('metadata.managedFields must be nil');
}

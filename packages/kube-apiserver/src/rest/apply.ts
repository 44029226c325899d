/**
 * PATCH of the apply types: server-side apply (KEP-555) to what is stored, or to nothing.
 */
import { applyServerSide, decodePartial, errors, formatTime, type KubeObject } from '@steersman/api';
import type { AnyObject } from '../registry/any-object.ts';
import { groupResource, type UpdateRequest, type UpdateView } from '../registry/engine.ts';
import { resetFieldsFor } from '../registry/reset-fields.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { versionsOf } from '../registry/tracking.ts';
import { inServedVersion } from './create.ts';
import { toMain } from './defaults.ts';
import type { ExpectedKind } from './expected-kind.ts';
import type { ResourceRequest, WriteParameters } from './rest-context.ts';

/** How the engine is to make the object from what is there. Throws ApiError for what cannot be applied to this kind. */
export function applyEdits(
  { resource, name, subresource }: ResourceRequest,
  patch: unknown,
  { fieldManager, force }: WriteParameters,
  now: number,
  view: UpdateView,
): Pick<UpdateRequest, 'edit' | 'createIfMissing'> {
  checkApplied(patch, resource.info);
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
      resetFields: resetFieldsFor(resource, view),
    });
    const draft = structuredClone(object) as unknown as AnyObject;
    draft.kind = resource.info.kind;
    draft.apiVersion = resource.apiVersion;
    draft.metadata.managedFields ??= []; // Nobody owns anything any more, which is not to be silent about owners.
    checkIdentity(draft, name, live, resource);
    return toMain(draft, resource);
  };
  return {
    edit: (old) => apply(old),
    ...(view === 'main' ? { createIfMissing: () => apply(undefined) } : {}),
  };
}

function checkIdentity(
  { metadata }: AnyObject,
  name: string,
  live: KubeObject | undefined,
  resource: ServedResource,
): void {
  const { name: given = '', uid = '' } = metadata;
  if (uid !== '' && live === undefined)
    throw errors.conflict(
      groupResource(resource),
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  checkGivenName(given, name);
}

/** The name in an object must be there, and be the one of the URL. */
export function checkGivenName(given: string, name: string): void {
  if (given === '')
    throw errors.badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (given !== name)
    throw errors.badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
}

/** The patch must be of the kind that is applied, and say nothing of owners. */
export function checkApplied(patch: unknown, info: ExpectedKind): void {
  const { kind, apiVersion, metadata } = (patch ?? {}) as {
    kind?: unknown;
    apiVersion?: unknown;
    metadata?: { managedFields?: unknown };
  };
  const wanted = `${info.group}/${info.version}, Kind=${info.kind}`;
  const given = kindText(typeof apiVersion === 'string' ? apiVersion : '', typeof kind === 'string' ? kind : '');
  if (given !== wanted) throw errors.badRequest(`invalid object type: ${given}`);
  if (Array.isArray(metadata?.managedFields)) throw errors.badRequest('metadata.managedFields must be nil');
}

/** As upstream prints a kind of a group and version: the core group is nothing before the slash. */
function kindText(apiVersion: string, kind: string): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

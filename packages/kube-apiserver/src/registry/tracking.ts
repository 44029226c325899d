import {
  formatTime,
  type KubeObject,
  type ManagedFieldsEntry,
  type ResourceInfo,
  type StructSchema,
  schemaFor,
  semanticEqual,
  trackUpdate,
  type VersionView,
} from '@steersman/api';
import type { HttpRequest } from '@steersman/server';
import type { AnyObject } from './any-object.ts';
import { type Conversion, structuralConversion } from './conversions.ts';
import type { UpdateView } from './engine.ts';
import { resetFieldsFor } from './reset-fields.ts';
import { apiVersionOf, type ServedResource } from './served-resource.ts';
import { versionsStoredAs } from './storage-versions.ts';

const MANAGER_BYTES_MAX = 128; // Upstream's limit for names taken from a user agent.

/** In whose name a write changes fields (KEP-555). */
export interface Tracking {
  readonly manager: string;
  readonly subresource: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function trackingOf(request: HttpRequest, fieldManager: string, subresource: string, now: number): Tracking {
  return {
    manager: fieldManager !== '' ? fieldManager : managerOfAgent(request.headers['user-agent']),
    subresource,
    now,
  };
}

/** `kubectl/v1.32 (linux/amd64)` is `kubectl`. */
function managerOfAgent(agent: string | undefined): string {
  const name = (agent ?? '').split('/')[0] ?? '';
  if (PLAIN_NAME.test(name)) return name === '' ? 'unknown' : name;
  let manager = '';
  for (const character of name.match(PRINTABLE) ?? []) {
    if (Buffer.byteLength(manager) + Buffer.byteLength(character) > MANAGER_BYTES_MAX) break;
    manager += character;
  }
  return manager === '' ? 'unknown' : manager;
}

const PLAIN_NAME = /^[ -~]{0,128}$/;
const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/**
 * Brings the object's managedFields up to date: the change is recorded in the version that the client wrote. Done before
 * admission and preparation, since what these add was not the client's doing.
 */
export function track(
  resource: ServedResource,
  before: KubeObject | undefined,
  draft: AnyObject,
  view: UpdateView,
  tracking: Tracking | undefined,
): void {
  const { metadata } = draft;
  if (tracking !== undefined) {
    const { managedFields } = trackUpdate({
      before,
      after: draft as unknown as KubeObject,
      schema: resource.schema,
      manager: tracking.manager,
      apiVersion: resource.asked.apiVersion,
      subresource: tracking.subresource,
      now: formatTime(tracking.now),
      inVersion: versionsOf(resource),
      resetFields: resetFieldsFor(resource, view),
    }).metadata;
    if (managedFields === undefined) delete metadata.managedFields;
    else metadata.managedFields = managedFields as never;
  } else if (metadata.managedFields === undefined && before?.metadata.managedFields !== undefined)
    metadata.managedFields = before.metadata.managedFields as never;
  if (isForgotten(metadata.managedFields)) delete metadata.managedFields;
}

/** No owners, or the one empty entry that stands for none. */
function isForgotten(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  const [first, second] = entries ?? [];
  if (entries === undefined || second !== undefined) return false;
  return first === undefined || Object.keys(first).length === 0;
}

/** The object, with the stored times of its owners when nothing but these differs: to write what is there is to write nothing. */
export function withoutIdleTimes(object: KubeObject, old: KubeObject): KubeObject {
  const before = old.metadata.managedFields;
  if (before === undefined || !differInTimeOnly(object.metadata.managedFields, before)) return object;
  const bare = ({ metadata, ...rest }: KubeObject) => {
    const { managedFields: _, resourceVersion: _version, ...others } = metadata;
    return { ...rest, metadata: others };
  };
  if (!semanticEqual(bare(object), bare(old))) return object;
  return { ...object, metadata: { ...object.metadata, managedFields: before } };
}

function differInTimeOnly(
  now: readonly ManagedFieldsEntry[] | undefined,
  before: readonly ManagedFieldsEntry[],
): boolean {
  if (now === undefined || now === before || now.length !== before.length) return false;
  if (now.every(({ time }, at) => time === before[at]?.time)) return false;
  return now.every((entry, at) => semanticEqual({ ...entry, time: undefined }, { ...before[at], time: undefined }));
}

type View = NonNullable<ReturnType<VersionView>>;
/** By group and plural of the stored version: the versions whose fields differ from its own. Filled as kinds are written. */
const differingVersions = new Map<string, ReadonlyMap<string, Conversion & { readonly schema: StructSchema }>>();

/** How an object looks to managers that wrote other versions of it; absent for the kinds whose versions are all alike. */
export function versionsOf({ main, info }: ServedResource): VersionView | undefined {
  const stored = main.info;
  const key = `${stored.group}/${stored.plural}`;
  let versions = differingVersions.get(key);
  if (versions === undefined) {
    versions = differingFrom(stored);
    differingVersions.set(key, versions);
  }
  if (versions.size === 0) return undefined;
  const working = versions.get(apiVersionOf(info));
  return (apiVersion) => viewBetween(working, versions.get(apiVersion), main.schema);
}

function viewBetween(
  from: Conversion | undefined,
  to: (Conversion & { readonly schema: StructSchema }) | undefined,
  storedSchema: StructSchema,
): View | undefined {
  if (from === to) return undefined;
  return {
    schema: to?.schema ?? storedSchema,
    show(object) {
      const stored = from === undefined ? object : from.toStored(object);
      return to === undefined ? stored : to.fromStored(stored);
    },
  };
}

function differingFrom(stored: ResourceInfo): ReadonlyMap<string, Conversion & { readonly schema: StructSchema }> {
  return new Map(
    versionsStoredAs(stored).flatMap((row) => {
      const schema = schemaFor(row);
      const conversion = structuralConversion(row, stored);
      return schema === undefined || conversion === undefined
        ? []
        : [[apiVersionOf(row), { ...conversion, schema }] as const];
    }),
  );
}

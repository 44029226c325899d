import {
  type KubeObject,
  type ResourceInfo,
  type ResourceType,
  resourceTable,
  type StructSchema,
  schemaFor,
} from '@steersman/api';
import type { ObjectLru } from '../cache/object-lru.ts';
import { ResourceCache } from '../cache/resource-cache.ts';
import { type Head, headOf } from '../cache/stored-value.ts';
import type { WatchFanout } from '../cache/watch-fanout.ts';
import { REGISTRY_PREFIX, storageFolder } from '../storage-keys.ts';
import { asDraft, asObject } from './any-object.ts';
import type { Strategy } from './contract.ts';
import { type Conversion, conversionFor } from './conversions.ts';
import { applyDefaults } from './defaults.ts';
import { deprecationOf } from './deprecation.ts';
import { storageVersionOf } from './storage-versions.ts';

/** One resource of one version, as it is served. */
export interface ServedResource {
  readonly info: ResourceInfo;
  readonly type: ResourceType;
  readonly apiVersion: string;
  readonly schema: StructSchema;
  readonly strategy: Strategy;
  readonly head: Head;
  /** Absent for resources that are never stored. */
  readonly stored: StoredResource | undefined;
  /** Between this version and the stored one; absent when they are the same. */
  readonly conversion: Conversion | undefined;
  /**
   * The stored version of the same resource, in which everything but the client's view is done. It remembers in `asked`
   * which version that view is of.
   */
  readonly main: ServedResource;
  /** What the client named: errors and managedFields speak of it. */
  readonly asked: AskedVersion;
}

/** The version of a request, beside the one its work is done in. */
export interface AskedVersion {
  readonly info: ResourceInfo;
  /** The warning that every request for it gets; absent while the version is not deprecated. */
  readonly deprecation: string | undefined;
  readonly apiVersion: string;
  readonly schema: StructSchema;
  /** From the version the work is done in; absent when they are the same. */
  readonly conversion: Conversion | undefined;
}

/** Where the objects of one or more served versions are kept. */
export interface StoredResource {
  readonly cache: ResourceCache;
  readonly fanout: WatchFanout;
  /** The version that is written. */
  readonly info: ResourceInfo;
  readonly schema: StructSchema;
  readonly head: Head;
}

/** A kind without a file of its own: nothing is checked beyond what is generic. */
export const GENERIC_STRATEGY: Strategy = { validated: false };

export interface ServedResourcesOptions {
  readonly strategies: ReadonlyMap<string, Strategy>;
  readonly objects: ObjectLru;
  readonly written: Pick<WeakMap<Uint8Array, KubeObject>, 'get'>;
  readonly newFanout: () => WatchFanout;
  /** Reads a value that this server did not write. */
  readonly decode: (value: Uint8Array, stored: ResourceInfo) => KubeObject;
  /** `api/all`-style switches of --runtime-config: true or false by group/version. */
  readonly enabled: (info: ResourceInfo) => boolean;
}

/** Every resource that this server serves, by `group/version/plural`. */
export function servedResources(options: ServedResourcesOptions): ReadonlyMap<string, ServedResource> {
  const stored = new Map<string, StoredResource>();
  const served = new Map<string, ServedResource>();
  const known = resourceTable.filter((row) => row.served && row.servedBy === undefined);
  for (const info of known.filter(options.enabled)) {
    const schema = schemaFor(info);
    if (schema !== undefined) served.set(keyOf(info), servedResource(info, schema, known, stored, options));
  }
  return served;
}

function servedResource(
  info: ResourceInfo,
  schema: StructSchema,
  known: readonly ResourceInfo[],
  stored: Map<string, StoredResource>,
  options: ServedResourcesOptions,
): ServedResource {
  const storageInfo = storageVersionOf(info, known);
  const conversion = storageInfo === info ? undefined : conversionFor(info, storageInfo);
  const shared = {
    strategy: options.strategies.get(`${info.group}/${info.plural}`) ?? GENERIC_STRATEGY,
    stored: isStored(info) ? storedFor(storageInfo, stored, options) : undefined,
    asked: { info, apiVersion: apiVersionOf(info), schema, conversion, deprecation: deprecationOf(info) },
  };
  const of = (row: ResourceInfo, rowSchema: StructSchema) => ({
    ...shared,
    info: row,
    type: row,
    apiVersion: apiVersionOf(row),
    schema: rowSchema,
    head: headOf(row.kind, apiVersionOf(row)),
  });
  const main: { -readonly [K in keyof ServedResource]: ServedResource[K] } = {
    ...of(storageInfo, schemaFor(storageInfo) ?? schema),
    conversion: undefined,
    main: undefined as never, // Itself, in the next line.
  };
  main.main = main;
  return conversion === undefined ? main : { ...of(info, schema), conversion, main };
}

function isStored({ verbs }: ResourceInfo): boolean {
  return verbs.includes('list') && verbs.includes('create');
}

function keyOf({ group, version, plural }: ResourceInfo): string {
  return `${group}/${version}/${plural}`;
}

export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}

function storedFor(
  info: ResourceInfo,
  known: Map<string, StoredResource>,
  options: ServedResourcesOptions,
): StoredResource {
  const folder = storageFolder(info);
  const present = known.get(folder);
  if (present !== undefined) return present;
  const schema = schemaFor(info)!;
  const head = headOf(info.kind, apiVersionOf(info));
  const strategy = options.strategies.get(`${info.group}/${info.plural}`);
  const cache = new ResourceCache({
    prefix: `${REGISTRY_PREFIX}${folder}/`,
    namespaced: info.namespaced,
    head,
    // As upstream does: whoever wrote the value may not have known the fields that are filled today.
    decode: (value) => asObject(applyDefaults(asDraft(options.decode(value, info)), { schema, strategy })),
    selectable: strategy?.selectable,
    objects: options.objects,
    written: options.written,
  });
  const stored: StoredResource = { cache, fanout: options.newFanout(), info, schema, head };
  known.set(folder, stored);
  return stored;
}

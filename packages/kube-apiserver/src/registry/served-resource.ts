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
import type { Strategy } from './contract.ts';
import { type Conversion, conversionFor } from './conversions.ts';

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
  /** The stored version of the same resource, in which everything but the client's view is done. */
  readonly main: ServedResource;
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
  readonly written: ReadonlyMap<Uint8Array, KubeObject>;
  readonly newFanout: () => WatchFanout;
  readonly decode: (value: Uint8Array, schema: StructSchema) => KubeObject;
  /** `api/all`-style switches of --runtime-config: true or false by group/version. */
  readonly enabled: (info: ResourceInfo) => boolean;
}

/** Every resource that this server serves, by `group/version/plural`. */
export function servedResources(options: ServedResourcesOptions): ReadonlyMap<string, ServedResource> {
  const rows = resourceTable.filter((row) => row.served && row.servedBy === undefined && options.enabled(row));
  const stored = new Map<string, StoredResource>();
  const served = new Map<string, ServedResource>();
  const made: [{ -readonly [K in keyof ServedResource]: ServedResource[K] }, ResourceInfo][] = [];
  for (const info of rows) {
    const schema = schemaFor(info);
    if (schema === undefined) continue;
    const storageInfo = storageVersionOf(info, rows);
    const strategy = options.strategies.get(`${info.group}/${info.plural}`) ?? GENERIC_STRATEGY;
    const resource: { -readonly [K in keyof ServedResource]: ServedResource[K] } = {
      info,
      type: info,
      apiVersion: apiVersionOf(info),
      schema,
      strategy,
      head: headOf(info.kind, apiVersionOf(info)),
      stored:
        info.verbs.includes('list') && info.verbs.includes('create')
          ? storedFor(storageInfo, stored, options)
          : undefined,
      conversion: storageInfo === info ? undefined : conversionFor(info, storageInfo),
      main: undefined as never, // Set below: the stored version comes first in the table, but need not.
    };
    resource.main = resource;
    made.push([resource, storageInfo]);
    served.set(keyOf(info), resource);
  }
  for (const [resource, storageInfo] of made) resource.main = served.get(keyOf(storageInfo)) ?? resource;
  return served;
}

function keyOf({ group, version, plural }: ResourceInfo): string {
  return `${group}/${version}/${plural}`;
}

export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Events live as core/v1 whatever group wrote them; of several versions of a resource, the first of the table is stored. */
function storageVersionOf(info: ResourceInfo, rows: readonly ResourceInfo[]): ResourceInfo {
  const group = info.group === 'events.k8s.io' ? '' : info.group;
  return rows.find((row) => row.group === group && row.plural === info.plural) ?? info;
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
    decode: (value) => options.decode(value, schema),
    selectableFields: (object) => strategy?.selectableFields?.(object) ?? {},
    objects: options.objects,
    written: options.written,
  });
  const stored: StoredResource = { cache, fanout: options.newFanout(), info, schema, head };
  known.set(folder, stored);
  return stored;
}

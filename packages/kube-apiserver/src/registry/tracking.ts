import {
  formatTime,
  type KubeObject,
  type ResourceInfo,
  type StructSchema,
  schemaFor,
  trackUpdate,
  type VersionView,
} from '@steersman/api';
import type { HttpRequest } from '@steersman/server';
import { type Conversion, structuralConversion } from './conversions.ts';
import { apiVersionOf, type ServedResource } from './served-resource.ts';
import { versionsStoredAs } from './storage-versions.ts';

const MANAGER_LENGTH_MAX = 128; // Upstream's limit for names taken from a user agent.

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
  return name === '' ? 'unknown' : name.slice(0, MANAGER_LENGTH_MAX);
}

/** The object with managedFields brought up to date: the change is recorded in the version that the client wrote. */
export function tracked(
  resource: ServedResource,
  before: KubeObject | undefined,
  after: KubeObject,
  tracking: Tracking | undefined,
): KubeObject {
  if (tracking === undefined) return after;
  return trackUpdate({
    before,
    after,
    schema: resource.schema,
    manager: tracking.manager,
    apiVersion: resource.asked.apiVersion,
    subresource: tracking.subresource,
    now: formatTime(tracking.now),
    inVersion: versionsOf(resource),
  });
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

import type { ResourceType } from '@steersman/api';
import { ApiError } from '@steersman/api';
import { parseAnswer } from './answer.ts';
import { readAll } from './body.ts';
import type { Client } from './contract.ts';

/** A resource as the server offers it, in its group's preferred version. */
export interface DiscoveredResource extends ResourceType {
  readonly verbs: readonly string[];
}
export interface Discovery {
  readonly resources: readonly DiscoveredResource[];
  /** Group versions that could not be read (an aggregated server that is down): what they offer is unknown. */
  readonly failed: readonly string[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

interface AggregatedList {
  readonly kind: string;
  readonly items: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly freshness?: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind?: string };
        readonly scope: string;
        readonly verbs: readonly string[];
      }[];
    }[];
  }[];
}
interface LegacyResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}
interface LegacyGroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly version: string; readonly groupVersion: string }[];
  }[];
}

/** Every version of every group, preferred version first; the same resource once, in the first version that has it. */
function firstOfEach(all: readonly DiscoveredResource[]): readonly DiscoveredResource[] {
  const seen = new Map<string, DiscoveredResource>();
  for (const resource of all) {
    const name = `${resource.group}/${resource.plural}`;
    if (!seen.has(name)) seen.set(name, resource);
  }
  return [...seen.values()];
}

function fromAggregated(list: AggregatedList): Discovery {
  const resources: DiscoveredResource[] = [];
  const failed: string[] = [];
  for (const { metadata, versions } of list.items) {
    const group = metadata?.name ?? '';
    for (const { version, resources: offered = [], freshness } of versions) {
      if (freshness === 'Stale') failed.push(`${group}/${version}`);
      for (const { resource, responseKind, scope, verbs } of offered) {
        resources.push({
          group,
          version,
          kind: responseKind?.kind ?? '',
          plural: resource,
          namespaced: scope === 'Namespaced',
          verbs,
        });
      }
    }
  }
  return { resources, failed };
}

async function legacyResources(
  client: Client,
  group: string,
  version: string,
  signal?: AbortSignal,
): Promise<readonly DiscoveredResource[]> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const { resources } = await client.json<LegacyResourceList>('GET', path, undefined, signal);
  const plain = resources.filter(({ name }) => !name.includes('/'));
  return plain.map(({ name, kind, namespaced, verbs }) => ({ group, version, kind, plural: name, namespaced, verbs }));
}

async function legacyGroups(client: Client, signal?: AbortSignal): Promise<Discovery> {
  const { groups } = await client.json<LegacyGroupList>('GET', '/apis', undefined, signal);
  const resources: DiscoveredResource[] = [...(await legacyResources(client, '', 'v1', signal))];
  const failed: string[] = [];
  for (const { name, versions } of groups) {
    for (const { version, groupVersion } of versions) {
      try {
        resources.push(...(await legacyResources(client, name, version, signal)));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        failed.push(groupVersion);
      }
    }
  }
  return { resources, failed };
}

async function aggregated(client: Client, path: string, signal?: AbortSignal): Promise<AggregatedList | undefined> {
  const response = await client.transport.request({
    method: 'GET',
    path,
    headers: { accept: AGGREGATED },
    ...(signal === undefined ? {} : { signal }),
  });
  const text = (await readAll(response.body)).toString('utf8');
  if (response.status !== 200) return undefined;
  const parsed = parseAnswer(text) as AggregatedList;
  return parsed.kind === 'APIGroupDiscoveryList' ? parsed : undefined;
}

/**
 * Asks the server what it offers: every resource once, in its best version. Uses aggregated discovery (KEP-3352) and,
 * where a server has none, the document of each group version.
 */
export async function discoverResources(client: Client, signal?: AbortSignal): Promise<Discovery> {
  const core = await aggregated(client, '/api', signal);
  const groups = core === undefined ? undefined : await aggregated(client, '/apis', signal);
  const found =
    core === undefined || groups === undefined
      ? await legacyGroups(client, signal)
      : fromAggregated({ ...core, items: [...core.items, ...groups.items] });
  return { resources: firstOfEach(found.resources), failed: found.failed };
}

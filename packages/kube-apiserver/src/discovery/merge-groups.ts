/** What several servers serve, as one (KEP-4020): the groups, versions and resources of aggregated discovery. */
import { semanticEqual } from '@steersman/api';
import type { DiscoveredGroup, DiscoveredResource, DiscoveredSubresource, DiscoveredVersion } from './documents.ts';
import { mergeOrders } from './merge-orders.ts';

/** `byServer` is what each server, this one too, serves by its id. Every server comes to the same result. */
export function mergeGroups(byServer: ReadonlyMap<string, readonly DiscoveredGroup[]>): readonly DiscoveredGroup[] {
  const lists = [...byServer].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, groups]) => groups);
  return lists.length === 1 ? (lists[0] ?? []) : merged(lists, ({ metadata }) => metadata.name ?? '', mergeGroup);
}

function mergeGroup(first: DiscoveredGroup, second: DiscoveredGroup): DiscoveredGroup {
  return { ...first, versions: merged([first.versions, second.versions], ({ version }) => version, mergeVersion) };
}

function mergeVersion(first: DiscoveredVersion, second: DiscoveredVersion): DiscoveredVersion {
  const lists = [first.resources ?? [], second.resources ?? []];
  return { ...first, resources: merged(lists, ({ resource }) => resource, mergeResource) };
}

/** What can be done with it on any of the servers. */
function mergeResource(first: DiscoveredResource, second: DiscoveredResource): DiscoveredResource {
  if (semanticEqual(first, second)) return first;
  const subresources = new Map<string, DiscoveredSubresource>();
  for (const sub of [...(first.subresources ?? []), ...(second.subresources ?? [])])
    subresources.set(sub.subresource, sub);
  const { subresources: _own, ...rest } = first;
  return {
    ...rest,
    verbs: [...new Set([...first.verbs, ...second.verbs])].sort(),
    ...(subresources.size === 0
      ? {}
      : { subresources: [...subresources].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sub]) => sub) }),
  };
}

/** All items by name, those of the same name made one, in an order that fits all lists. */
function merged<T>(
  lists: readonly (readonly T[])[],
  nameOf: (item: T) => string,
  merge: (first: T, second: T) => T,
): readonly T[] {
  const byName = new Map<string, T>();
  for (const item of lists.flat()) {
    const known = byName.get(nameOf(item));
    byName.set(nameOf(item), known === undefined ? item : merge(known, item));
  }
  return mergeOrders(lists.map((list) => list.map(nameOf))).flatMap((name) => byName.get(name) ?? []);
}

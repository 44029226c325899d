/**
 * What the server serves, as clients ask for it (API concepts, "API Discovery"). Built once: the table does not change while it runs.
 */
import { createHash } from 'node:crypto';
import { type GroupInfo, groupTable, type ResourceInfo, type SubresourceInfo } from '@steersman/api';
import { storageVersionOf } from '../registry/storage-versions.ts';

const CLIENT_CIDR = '0.0.0.0/0';

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}
export interface DiscoveryGroup {
  readonly group: string;
  /** Best first. */
  readonly versions: readonly string[];
}

/** Groups in discovery order with the versions that have resources; the core group first. */
export function discoveryGroups(resources: readonly ResourceInfo[]): readonly DiscoveryGroup[] {
  const order: readonly GroupInfo[] = groupTable;
  return order
    .map(({ group, versions }) => ({
      group,
      versions: versions
        .map(({ version }) => version)
        .filter((version) => resources.some((row) => row.group === group && row.version === version)),
    }))
    .filter(({ versions }) => versions.length > 0);
}

export const groupVersionText = ({ group, version }: GroupVersion): string =>
  group === '' ? version : `${group}/${version}`;

export function apiVersions(serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: CLIENT_CIDR, serverAddress }],
  };
}

export function apiGroup({ group, versions }: DiscoveryGroup): object {
  const listed = versions.map((version) => ({ groupVersion: groupVersionText({ group, version }), version }));
  return { name: group, versions: listed, preferredVersion: listed[0] };
}

export function apiGroupList(groups: readonly DiscoveryGroup[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter(({ group }) => group !== '').map(apiGroup) };
}

export function apiResourceList(groupVersion: GroupVersion, resources: readonly ResourceInfo[]): object {
  const own = resources.filter((row) => row.group === groupVersion.group && row.version === groupVersion.version);
  const entries = own.flatMap((row) => [
    resourceEntry(row),
    ...row.subresources.map((sub) => subresourceEntry(row, sub)),
  ]);
  return {
    kind: 'APIResourceList',
    ...(groupVersion.group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: groupVersionText(groupVersion),
    resources: entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function resourceEntry(row: ResourceInfo) {
  return {
    name: row.plural,
    singularName: row.singular,
    namespaced: row.namespaced,
    kind: row.kind,
    verbs: row.verbs,
    ...(row.shortNames.length === 0 ? {} : { shortNames: row.shortNames }),
    ...(row.categories.length === 0 ? {} : { categories: row.categories }),
    ...(isStored(row) ? { storageVersionHash: storageVersionHash(row) } : {}),
  };
}

function subresourceEntry(row: ResourceInfo, sub: SubresourceInfo) {
  const ownGroup = sub.group === undefined ? {} : { group: sub.group, version: sub.version ?? '' };
  return {
    name: `${row.plural}/${sub.name}`,
    singularName: '',
    namespaced: row.namespaced,
    ...ownGroup,
    kind: sub.kind,
    verbs: sub.verbs,
  };
}

/** Lists that nobody stores, such as componentstatuses, have no stored version. */
function isStored({ verbs }: ResourceInfo): boolean {
  return verbs.includes('list') && verbs.includes('create');
}

/** Upstream's: eight bytes of the SHA-256 of the group, version and kind that are stored. */
function storageVersionHash(row: ResourceInfo): string {
  const { group, version, kind } = storageVersionOf(row);
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

export interface DiscoveredSubresource {
  readonly subresource: string;
  readonly [field: string]: unknown;
}
export interface DiscoveredResource {
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly subresources?: readonly DiscoveredSubresource[];
  readonly [field: string]: unknown;
}
export interface DiscoveredVersion {
  readonly version: string;
  readonly resources?: readonly DiscoveredResource[];
  readonly freshness?: string;
}
/** One group in aggregated discovery. */
export interface DiscoveredGroup {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly DiscoveredVersion[];
}

/** Aggregated discovery: everything in one document (KEP-3352). */
export function aggregatedDiscovery(items: readonly DiscoveredGroup[]): object {
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

/** What this server serves of the groups. */
export function discoveredGroups(
  groups: readonly DiscoveryGroup[],
  resources: readonly ResourceInfo[],
): readonly DiscoveredGroup[] {
  return groups.map(({ group, versions }) => ({
    metadata: group === '' ? {} : { name: group },
    versions: versions.map((name) => ({
      version: name,
      resources: resources.filter((row) => row.group === group && row.version === name).map(discoveredResource),
      freshness: 'Current',
    })),
  }));
}

function discoveredResource(row: ResourceInfo): DiscoveredResource {
  const { group, version, kind } = row;
  return {
    resource: row.plural,
    responseKind: { group, version, kind },
    scope: row.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: row.singular,
    verbs: row.verbs,
    ...(row.shortNames.length === 0 ? {} : { shortNames: row.shortNames }),
    ...(row.categories.length === 0 ? {} : { categories: row.categories }),
    ...(row.subresources.length === 0
      ? {}
      : { subresources: row.subresources.map((sub) => discoveredSubresource(row, sub)) }),
  };
}

function discoveredSubresource(row: ResourceInfo, sub: SubresourceInfo): DiscoveredSubresource {
  return {
    subresource: sub.name,
    responseKind: { group: sub.group ?? row.group, version: sub.version ?? row.version, kind: sub.kind },
    verbs: sub.verbs,
  };
}

import type { ObjectKey, ResourceType } from '@steersman/api';
import type { ListOptions, WatchOptions, WriteOptions } from './contract.ts';

/** Path segments as clients write them: escaped, except for the colon that RBAC names carry. */
function segment(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':');
}

/** `/api/v1` for the core group, `/apis/<group>/<version>` for the rest. */
export function groupVersionPath(type: Pick<ResourceType, 'group' | 'version'>): string {
  return type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
}

/** The collection's path; without a namespace, the one across all namespaces. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : '';
  return `${groupVersionPath(type)}${scope}/${type.plural}`;
}

/** The path of one object or of one of its subresources. */
export function objectPath(type: ResourceType, key: ObjectKey, subresource?: string): string {
  const base = `${collectionPath(type, key.namespace)}/${segment(key.name)}`;
  return subresource === undefined ? base : `${base}/${subresource}`;
}

type QueryValue = string | number | boolean | undefined;

/** A path with its query string; absent values are left out. */
export function withQuery(path: string, query: Readonly<Record<string, QueryValue>>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parts.push(`${name}=${encodeURIComponent(String(value))}`);
  }
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`;
}

/** The query parameters of a list. */
export function listQuery(options: ListOptions): Record<string, QueryValue> {
  return {
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    limit: options.limit,
    continue: options.continue,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
  };
}

/** The query parameters of a watch. */
export function watchQuery(options: WatchOptions): Record<string, QueryValue> {
  return {
    watch: true,
    ...listQuery(options),
    allowWatchBookmarks: options.allowWatchBookmarks,
    sendInitialEvents: options.sendInitialEvents,
    timeoutSeconds: options.timeoutSeconds,
  };
}

/** The query parameters of a write. */
export function writeQuery(options: WriteOptions): Record<string, QueryValue> {
  return { fieldManager: options.fieldManager, dryRun: options.dryRun === true ? 'All' : undefined };
}

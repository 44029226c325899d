/** Server-side apply of manifests as people write them: YAML with several documents, Lists included. */
import { type KubeObject, parseYamlDocuments, type ResourceType, resourceTable } from '@steersman/api';
import type { Client } from '@steersman/client';
import { ClusterError } from '@steersman/cluster';

const FIELD_MANAGER = 'steersman';

/**
 * Applies every object of the text in order and returns what the server made of them. Namespaced objects without a namespace go
 * to `namespace`. Throws ClusterError 'invalid-file' for a document that is no object of a built-in kind, ApiError when
 * the server refuses one; those before it stay applied.
 */
export async function applyManifests(client: Client, text: string, namespace: string): Promise<readonly KubeObject[]> {
  const applied: KubeObject[] = [];
  for (const object of parseYamlDocuments(text).flatMap(objectsOf)) {
    const type = typeOf(object);
    const metadata = type.namespaced ? { namespace, ...object.metadata } : object.metadata;
    const key = {
      name: metadata.name ?? '',
      ...(type.namespaced ? { namespace: metadata.namespace ?? namespace } : {}),
    };
    const patch = { type: 'apply', body: { ...object, metadata }, force: true } as const;
    applied.push(await client.resource(type).patch(key, patch, { fieldManager: FIELD_MANAGER }));
  }
  return applied;
}

function objectsOf(document: unknown): readonly KubeObject[] {
  if (document === null || document === undefined) return []; // Nothing but comments between two separators.
  const { kind, items } = document as { readonly kind?: unknown; readonly items?: readonly unknown[] };
  if (kind === 'List' && Array.isArray(items)) return items.flatMap(objectsOf);
  if (typeof kind === 'string' && typeof (document as KubeObject).metadata === 'object')
    return [document as KubeObject];
  throw new ClusterError('invalid-file', 'a document of the manifest has no kind or no metadata; add them');
}

function typeOf({ apiVersion = '', kind = '' }: KubeObject): ResourceType {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const found = resourceTable.find((row) => row.group === group && row.version === version && row.kind === kind);
  if (found !== undefined) return found;
  throw new ClusterError('invalid-file', `no matches for kind "${kind}" in version "${apiVersion}"; check both`);
}

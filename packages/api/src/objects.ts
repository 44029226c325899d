/** Small questions that everyone asks of an object. */
import type { KubeObject, ObjectKey } from './contract.ts';
import type { OwnerReference } from './generated/meta.ts';

/** `namespace/name`, or `name` for cluster-scoped objects: the key of caches and queues. */
export function keyOf({
  metadata,
}: {
  readonly metadata: { readonly namespace?: string | undefined; readonly name?: string | undefined };
}): string {
  const name = metadata.name ?? '';
  return metadata.namespace === undefined || metadata.namespace === '' ? name : `${metadata.namespace}/${name}`;
}

/** The inverse of `keyOf`. */
export function splitKey(key: string): ObjectKey {
  const slash = key.indexOf('/');
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** What the server always sets; the empty string on an object that was never stored. */
export function nameOf(object: Pick<KubeObject, 'metadata'>): string {
  return object.metadata.name ?? '';
}
export function namespaceOf(object: Pick<KubeObject, 'metadata'>): string {
  return object.metadata.namespace ?? '';
}
export function uidOf(object: Pick<KubeObject, 'metadata'>): string {
  return object.metadata.uid ?? '';
}

export function isTerminating(object: Pick<KubeObject, 'metadata'>): boolean {
  return object.metadata.deletionTimestamp !== undefined && object.metadata.deletionTimestamp !== null;
}

/** Succeeded or Failed: its containers will not run again. */
export function isPodFinished({
  status,
}: {
  readonly status?: { readonly phase?: string | undefined } | undefined;
}): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** The one owner that manages the object, if any. */
export function controllerOf(object: Pick<KubeObject, 'metadata'>): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** Group and version of an apiVersion: `apps/v1`, or `v1` for the core group. */
export function parseApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash === -1
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}
export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}

/** A reference to the owner, by default as its managing controller that blocks foreground deletion. */
export function ownerReferenceTo(
  owner: Pick<KubeObject, 'metadata'>,
  type: { readonly group: string; readonly version: string; readonly kind: string },
  options: { readonly controller?: boolean; readonly blockOwnerDeletion?: boolean } = {},
): OwnerReference {
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    name: nameOf(owner),
    uid: uidOf(owner),
    controller: options.controller ?? true,
    blockOwnerDeletion: options.blockOwnerDeletion ?? true,
  };
}

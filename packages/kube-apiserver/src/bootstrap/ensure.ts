/** Brings stored objects up to what the server needs: one list per resource, then only the writes that are missing. */
import { isAlreadyExists, isConflict, type KubeObject, keyOf, type ResourceType } from '@steersman/api';
import type { Client, ListOptions, ResourceClient } from '@steersman/client';

/** Writes under way at once: they share the store's commits, so that a first start is a few commits long. */
const WRITES_MAX = 64;

/** The object to store instead of `existing`, or undefined when that one will do. */
export type Merge<T> = (existing: T, wanted: T) => T | undefined;

/**
 * Creates what is missing and updates what `merge` finds wanting. Others may do the same at the same time. What an update
 * cannot change (`mustRecreate`) is deleted and made anew.
 */
export async function ensureAll<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  wanted: readonly T[],
  merge: Merge<T> = () => undefined,
  mustRecreate: (existing: T, wanted: T) => boolean = () => false,
): Promise<void> {
  const resource = client.resource(type);
  const { items } = await resource.list(scopeOf(wanted));
  const existing = new Map(items.map((item) => [keyOf(item), item]));
  const writes = wanted.flatMap((object) => {
    const found = existing.get(keyOf(object));
    if (found === undefined) return [() => resource.create(object)];
    const merged = merge(found, object);
    if (merged === undefined) return [];
    return [() => (mustRecreate(found, object) ? recreate(resource, merged) : resource.update(merged))];
  });
  const work = async () => {
    for (let write = writes.shift(); write !== undefined; write = writes.shift()) await tolerating(write);
  };
  await Promise.all(Array.from({ length: Math.min(WRITES_MAX, writes.length) }, work));
}

async function recreate<T extends KubeObject>(resource: ResourceClient<T>, object: T): Promise<void> {
  const { uid: _uid, resourceVersion: _version, ...metadata } = object.metadata;
  await resource.delete({
    name: metadata.name ?? '',
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
  });
  await resource.create({ ...object, metadata });
}

/** One object is not worth reading a whole resource for. */
function scopeOf(wanted: readonly KubeObject[]): ListOptions {
  const [only] = wanted;
  if (wanted.length !== 1 || only === undefined) return {};
  const { namespace, name } = only.metadata;
  return { fieldSelector: `metadata.name=${name}`, ...(namespace === undefined ? {} : { namespace }) };
}

/** Another server that starts at the same time writes the same. */
async function tolerating(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isAlreadyExists(error) && !isConflict(error)) throw error;
  }
}

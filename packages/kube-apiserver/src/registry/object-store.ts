import { errors, type KubeObject, parseJson, semanticEqual } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import { isStorageError, type Operation, type Storage } from '@steersman/storage';
import type { CacheHub } from '../cache/cache-hub.ts';
import type { CacheEntry } from '../cache/entry.ts';
import { encodeStored } from '../cache/stored-value.ts';
import type { StoredResource } from './served-resource.ts';

export interface ObjectStoreOptions {
  readonly storage: Storage;
  readonly hub: CacheHub;
  /** Shared with the caches: what is just being written need not be parsed again. */
  readonly written: WeakMap<Uint8Array, KubeObject>;
  readonly clock: Clock;
}

/** Optimistic writes: each says which version it replaces, and learns when that is no longer the newest. */
export class ObjectStore {
  readonly #options: ObjectStoreOptions;
  /** Objects encoded for the store, for metrics. */
  encodes = 0;

  constructor(options: ObjectStoreOptions) {
    this.#options = options;
  }

  /**
   * Writes an object of the stored version in place of revision `replaces` (0: it must not exist). The object must not
   * change afterwards. Undefined when another version is stored by now; the cache then shows it.
   */
  async put(
    stored: StoredResource,
    object: KubeObject,
    replaces: number,
    ttlSeconds?: number,
  ): Promise<CacheEntry | undefined> {
    const { namespace = '', name = '' } = object.metadata;
    const key = stored.cache.keyOf(namespace, name);
    const value = encodeStored(object, stored.head);
    this.encodes += 1;
    this.#options.written.set(value, object);
    const operation: Operation =
      ttlSeconds === undefined ? { kind: 'put', key, value } : { kind: 'put', key, value, ttlSeconds };
    let revision: number | undefined;
    try {
      revision = await this.#commit(key, operation, replaces);
    } finally {
      this.#options.written.delete(value);
    }
    if (revision === undefined) return undefined;
    const entry = stored.cache.get(namespace, name);
    if (entry?.revision === revision) return entry;
    // Overwritten already: the answer is still what this write stored.
    return stored.cache.detached({ key, value, modRevision: revision, createRevision: revision, version: 1 });
  }

  /** True when the entry compares equal to what this object would be stored as. */
  isUnchanged(stored: StoredResource, object: KubeObject, entry: CacheEntry): boolean {
    const value = encodeStored(object, stored.head);
    const split = stored.head.metadata.length;
    const version = `"resourceVersion":"${entry.revision}",`.length;
    if (value.length + version !== entry.length) return false;
    if (value.subarray(split).equals(entry.bytes.subarray(split + version))) return true;
    // The same fields in another order: decoding sorts them by schema, code that fills some in appends them.
    const before = parseJson(entry.bytes.toString()) as { metadata: { resourceVersion?: string } };
    delete before.metadata.resourceVersion;
    return semanticEqual(before, parseJson(value.toString()));
  }

  /** Deletes the given version. Undefined when another is stored by now; otherwise the last object, with the deleting revision. */
  async remove(stored: StoredResource, entry: CacheEntry): Promise<CacheEntry | undefined> {
    let last: CacheEntry | undefined;
    const listen = (event: { readonly kind: string; readonly entry: CacheEntry }) => {
      if (event.kind === 'deleted' && event.entry.key === entry.key) last = event.entry;
    };
    stored.cache.listeners.add(listen);
    try {
      const revision = await this.#commit(entry.key, { kind: 'delete', key: entry.key }, entry.revision);
      return revision === undefined ? undefined : (last ?? entry);
    } finally {
      stored.cache.listeners.delete(listen);
    }
  }

  async #commit(key: string, operation: Operation, replaces: number): Promise<number | undefined> {
    const { storage, hub } = this.#options;
    try {
      const result = await storage.transact({
        when: [{ key, target: 'modRevision', equals: replaces }],
        write: [operation],
      });
      if (result.succeeded) {
        if (hub.revision < result.revision) await hub.untilRevision(result.revision);
        return result.revision;
      }
      const stored = result.current[0];
      await hub.untilRevision(stored?.modRevision ?? result.revision);
      // A write that is on its way to disk counts already but does not show yet.
      if (stored === undefined) await this.#options.clock.sleep(1);
      return undefined;
    } catch (error) {
      throw translated(error);
    }
  }
}

function translated(error: unknown): unknown {
  if (!isStorageError(error)) return error;
  if (error.code === 'too-large') return errors.requestEntityTooLarge('etcdserver: request is too large');
  if (error.code === 'compacted') return errors.expired('The resourceVersion for the provided list is too old.');
  if (error.code === 'unavailable') return errors.serviceUnavailable(`the store cannot be written: ${error.message}`);
  return errors.internal(error.message);
}

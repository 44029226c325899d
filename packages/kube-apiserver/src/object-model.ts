import type { KubeObject } from '@steersman/api';
import { featureGatesOf } from '@steersman/server';
import { CacheHub } from './cache/cache-hub.ts';
import { pacedFlushes } from './cache/flush-pacer.ts';
import { ObjectLru } from './cache/object-lru.ts';
import type { ResourceCache } from './cache/resource-cache.ts';
import { WatchFanout } from './cache/watch-fanout.ts';
import type { Strategy } from './registry/contract.ts';
import { decodeStored } from './registry/decode-stored.ts';
import { ObjectStore } from './registry/object-store.ts';
import { type ServedResource, type StoredResource, servedResources } from './registry/served-resource.ts';
import { enabledBy } from './runtime-config.ts';
import type { ApiServerOptions } from './server-options.ts';

/**
 * Parsed objects kept beside their bytes, counted as bytes of JSON; parsed they take about four times as much. Enough for what
 * controllers and kubelets are about to change; the rest is parsed again in some ten microseconds.
 */
const PARSED_OBJECTS_BYTES_MAX = 8 * 1024 * 1024;

/** Everything that holds objects. */
export interface ObjectModel {
  readonly hub: CacheHub;
  readonly store: ObjectStore;
  /** By `group/version/plural`. */
  readonly resources: ReadonlyMap<string, ServedResource>;
  readonly stored: readonly StoredResource[];
  /** The stored object, as the server itself sees it. */
  lookup(plural: string, namespace: string, name: string): KubeObject | undefined;
}

export function createObjectModel(options: ApiServerOptions, strategies: ReadonlyMap<string, Strategy>): ObjectModel {
  // Weak, though each is taken out again: a Map that fills and empties all the time leaves tables behind that keep each other,
  // and what was in them, until the next full garbage collection.
  const written = new WeakMap<Uint8Array, KubeObject>();
  const objects = new ObjectLru(PARSED_OBJECTS_BYTES_MAX);
  const afterTurn = options.afterTurn ?? ((callback) => void setImmediate(callback));
  const paced = pacedFlushes(afterTurn, options.effects.clock);
  const resources = servedResources({
    strategies,
    objects,
    written,
    newFanout: () => new WatchFanout(paced),
    decode: decodeStored,
    enabled: enabledBy(options.runtimeConfig ?? new Map(), options.featureGates ?? featureGatesOf(new Map())),
  });
  const stored = [
    ...new Set([...resources.values()].map((resource) => resource.stored).filter((one) => one !== undefined)),
  ];
  const fanouts = new Map<ResourceCache, WatchFanout>(stored.map(({ cache, fanout }) => [cache, fanout]));
  const { storage, effects } = options;
  const onLost =
    options.onFatal ?? ((error: unknown) => effects.log.error('The store ended its watch', { error: String(error) }));
  const hubOptions = {
    storage,
    log: effects.log,
    clock: effects.clock,
    storageIsEmbedded: options.storageIsEmbedded ?? true,
    onLost,
    onGap: () => {
      for (const fanout of fanouts.values()) fanout.end();
    },
  };
  const hub = new CacheHub(hubOptions, (cache, event) => {
    fanouts.get(cache)?.publish(event);
    cache.told(event);
  });
  for (const { cache } of stored) hub.add(cache);
  return {
    hub,
    store: new ObjectStore({ storage, hub, written, clock: effects.clock }),
    resources,
    stored,
    lookup(plural, namespace, name) {
      const cache = resources.get(`/v1/${plural}`)?.stored?.cache;
      const entry = cache?.get(namespace, name);
      return entry === undefined ? undefined : cache?.objectOf(entry);
    },
  };
}

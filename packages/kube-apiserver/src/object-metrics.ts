import type { Clock, Metrics } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';
import type { ObjectModel } from './object-model.ts';

const REFRESH_MS = 30_000; // Gauges that are counted, not kept, need be no fresher than a scrape interval.

/** Keeps upstream's gauges about stored objects, and our own about the cache, up to date until `signal` aborts. */
export function watchObjectMetrics(
  model: ObjectModel,
  storage: Storage,
  metrics: Metrics,
  clock: Clock,
  signal: AbortSignal,
): void {
  const objects = metrics.gauge('apiserver_storage_objects', 'Stored objects by resource.', ['resource']);
  const watchers = metrics.gauge('apiserver_longrunning_requests', 'Watches under way by resource.', [
    'verb',
    'resource',
  ]);
  const slabBytes = metrics.gauge('steersman_apiserver_cache_bytes', 'Bytes of encoded objects in the watch cache.', [
    'resource',
  ]);
  const decodes = metrics.gauge(
    'steersman_apiserver_cache_decodes',
    'Objects parsed by the watch cache since the start.',
    ['resource'],
  );
  const encodes = metrics.gauge('steersman_apiserver_store_encodes', 'Objects encoded for the store since the start.');
  const storeBytes = metrics.gauge('apiserver_storage_size_bytes', 'Bytes the store uses.', ['storage_cluster_id']);
  const refresh = () => {
    for (const { cache, fanout, info } of model.stored) {
      const resource = info.group === '' ? info.plural : `${info.plural}.${info.group}`;
      objects.set(cache.size, { resource });
      watchers.set(fanout.watchers, { verb: 'WATCH', resource });
      slabBytes.set(cache.slabBytes, { resource });
      decodes.set(cache.decodes, { resource });
    }
    encodes.set(model.store.encodes);
    storage.size().then(
      (bytes) => storeBytes.set(bytes, { storage_cluster_id: 'embedded' }),
      () => undefined,
    );
    if (!signal.aborted) cancel = clock.schedule(REFRESH_MS, refresh);
  };
  let cancel = clock.schedule(0, refresh);
  signal.addEventListener('abort', () => cancel(), { once: true });
}

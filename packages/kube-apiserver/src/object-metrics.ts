import type { Clock, Metrics } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';
import type { ObjectModel } from './object-model.ts';
import type { StoredResource } from './registry/served-resource.ts';

const REFRESH_MS = 30_000; // Gauges that are counted, not kept, need be no fresher than a scrape interval.

/** What reading costs, by resource: the work that tests hold to its bounds. */
const WORK: readonly (readonly [name: string, help: string, read: (stored: StoredResource) => number])[] = [
  ['cache_decodes', 'Objects parsed by the watch cache since the start.', ({ cache }) => cache.decodes],
  ['list_entries_scanned', 'Entries that lists have looked at.', ({ cache }) => cache.listWork.scanned],
  ['list_objects_encoded', 'Objects that lists have encoded.', ({ cache }) => cache.listWork.encodes],
  ['list_bytes_copied', 'Bytes that lists have put together.', ({ cache }) => cache.listWork.bytesCopied],
  ['watch_matches', 'Events compared with what groups of watchers select.', ({ fanout }) => fanout.work.matches],
  ['watch_encodes', 'Events encoded for watchers.', ({ fanout }) => fanout.work.encodes],
  ['watch_bytes_copied', 'Bytes of events put together.', ({ fanout }) => fanout.work.bytesCopied],
  ['watch_writes', 'Writes to watchers.', ({ fanout }) => fanout.work.writes],
  ['watch_bytes_written', 'Bytes written to watchers.', ({ fanout }) => fanout.work.bytesWritten],
];

/** Keeps upstream's gauges about stored objects, and our own about the cache, up to date until `signal` aborts. */
export function watchObjectMetrics(
  model: ObjectModel,
  storage: Storage,
  metrics: Metrics,
  clock: Clock,
  signal: AbortSignal,
): void {
  const objects = metrics.gauge('apiserver_storage_objects', 'Stored objects by resource.', ['resource']);
  const groupObjects = metrics.gauge('apiserver_resource_objects', 'Stored objects by group and resource.', [
    'group',
    'resource',
  ]);
  const slabBytes = metrics.gauge('steersman_apiserver_cache_bytes', 'Bytes of encoded objects in the watch cache.', [
    'resource',
  ]);
  const work = WORK.map(
    ([name, help, read]) => [metrics.gauge(`steersman_apiserver_${name}`, help, ['resource']), read] as const,
  );
  const encodes = metrics.gauge('steersman_apiserver_store_encodes', 'Objects encoded for the store since the start.');
  const storeBytes = metrics.gauge('apiserver_storage_size_bytes', 'Bytes the store uses.', ['storage_cluster_id']);
  const refresh = () => {
    for (const stored of model.stored) {
      const { cache, info } = stored;
      const resource = info.group === '' ? info.plural : `${info.plural}.${info.group}`;
      objects.set(cache.size, { resource });
      groupObjects.set(cache.size, { group: info.group, resource: info.plural });
      slabBytes.set(cache.slabBytes, { resource });
      for (const [gauge, read] of work) {
        const value = read(stored);
        if (value > 0) gauge.set(value, { resource });
      }
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

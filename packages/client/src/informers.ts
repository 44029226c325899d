import { type DeepReadonly, type KubeObject, keyOf, type ResourceType } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import type { Change, Client, Informer, InformerOptions, Informers } from './contract.ts';
import { createIndexedCache, type IndexedCache } from './indexed-cache.ts';
import { type Mirror, reflect } from './reflector.ts';

export interface InformersOptions {
  readonly client: Client;
  readonly effects: Effects;
  /** Freezes every object that enters a cache, so that a reader who changes one fails at once. For tests. */
  readonly freeze?: boolean;
}

/** What an informer keeps of an object must still say which object and which version it is. */
type Projected = Pick<KubeObject, 'metadata'>;
type Handler<P> = (change: Change<P>) => void;

interface Running<T extends KubeObject, P> {
  readonly informer: Informer<P>;
  readonly cache: IndexedCache<P>;
  readonly mirror: Mirror<T>;
  readonly onSynced: (callback: () => void) => void;
}

function deepFreeze<V>(value: V): V {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}

/** An informer without its network: a cache, its subscribers, and the mirror that a reflector writes to. */
export function createInformer<T extends KubeObject, P extends Projected>(keep: (object: T) => P): Running<T, P> {
  const cache = createIndexedCache<P>();
  const handlers = new Set<Handler<P>>();
  const waiting: (() => void)[] = [];
  let synced = false;
  let resourceVersion = '';
  let unseen: Set<string> | undefined;

  const tell = (change: Change<P>) => {
    for (const handler of handlers) handler(change);
  };
  const removeKey = (key: string, last?: P) => {
    const previous = cache.delete(key);
    if (previous !== undefined) tell({ kind: 'deleted', last: last ?? previous });
  };

  const mirror: Mirror<T> = {
    beginReplace() {
      unseen = new Set(cache.keys());
    },
    endReplace(version) {
      for (const key of unseen ?? []) removeKey(key);
      unseen = undefined;
      resourceVersion = version;
      synced = true;
      for (const callback of waiting.splice(0)) callback();
    },
    put(object) {
      const key = keyOf(object);
      unseen?.delete(key);
      const known = cache.get(key);
      if (known?.metadata.resourceVersion === object.metadata.resourceVersion && known !== undefined) return;
      // Deleted and made again while we were not looking: subscribers must see both.
      if (known !== undefined && known.metadata.uid !== object.metadata.uid) removeKey(key);
      const kept = keep(object);
      const previous = cache.set(key, kept);
      if (unseen === undefined) resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
      tell(previous === undefined ? { kind: 'added', object: kept } : { kind: 'updated', object: kept, previous });
    },
    remove(object) {
      const key = keyOf(object);
      unseen?.delete(key);
      if (unseen === undefined) resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
      removeKey(key, keep(object));
    },
    reached(version) {
      if (unseen === undefined) resourceVersion = version;
    },
  };

  const informer: Informer<P> = {
    get: (key) => cache.get(key) as DeepReadonly<P> | undefined,
    list: (namespace) => cache.list(namespace) as readonly DeepReadonly<P>[],
    byIndex: (index, value) => cache.byIndex(index, value) as readonly DeepReadonly<P>[],
    subscribe(handler) {
      const own = handler as Handler<P>;
      for (const object of cache.list()) own({ kind: 'added', object });
      handlers.add(own);
      return () => handlers.delete(own);
    },
    get synced() {
      return synced;
    },
    get resourceVersion() {
      return resourceVersion;
    },
  };
  return { informer, cache, mirror, onSynced: (callback) => (synced ? callback() : waiting.push(callback)) };
}

interface Entry {
  readonly running: Running<KubeObject, Projected>;
  readonly follow: (signal: AbortSignal) => Promise<void>;
  started: boolean;
}

/** Two askers share an informer when they want the same objects in the same projection (the same function). */
function identityOf(
  type: ResourceType,
  options: InformerOptions<never, never>,
  projections: Map<unknown, number>,
): string {
  if (!projections.has(options.project)) projections.set(options.project, projections.size);
  return JSON.stringify([
    type.group,
    type.version,
    type.plural,
    options.namespace ?? '',
    options.labelSelector ?? '',
    options.fieldSelector ?? '',
    options.metadataOnly ?? false,
    projections.get(options.project),
  ]);
}

/** Informers that share: one list and watch per resource, selection and projection, however many ask. */
export function createInformers({ client, effects, freeze = false }: InformersOptions): Informers {
  const entries = new Map<string, Entry>();
  const projections = new Map<unknown, number>();

  function add<T extends KubeObject, P>(type: ResourceType<T>, options: InformerOptions<T, P>): Entry {
    const project = (options.project ?? ((object: T) => object)) as unknown as (object: T) => Projected;
    const keep = freeze ? (object: T) => deepFreeze(project(object)) : project;
    const running = createInformer<T, Projected>(keep);
    const { namespace, labelSelector, fieldSelector } = options;
    const selection = {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
    const requests =
      options.metadataOnly === true
        ? (client.metadata(type) as ReturnType<typeof client.resource<T>>)
        : client.resource(type);
    const follow = (signal: AbortSignal) =>
      reflect({ client: requests, selection, mirror: running.mirror, effects, name: type.plural }, signal);
    return { running: running as unknown as Entry['running'], follow, started: false };
  }

  return {
    informer<T extends KubeObject, P = T>(type: ResourceType<T>, options: InformerOptions<T, P> = {}): Informer<P> {
      const identity = identityOf(type, options as unknown as InformerOptions<never, never>, projections);
      let entry = entries.get(identity);
      if (entry === undefined) {
        entry = add(type, options);
        entries.set(identity, entry);
      }
      for (const [name, valuesOf] of Object.entries(options.indexes ?? {})) {
        entry.running.cache.addIndex(name, valuesOf as unknown as (object: Projected) => readonly string[]);
      }
      return entry.running.informer as unknown as Informer<P>;
    },
    start(signal) {
      for (const entry of entries.values()) {
        if (entry.started) continue;
        entry.started = true;
        void entry.follow(signal);
      }
    },
    async untilSynced(signal) {
      signal.throwIfAborted();
      const all = [...entries.values()].map(({ running }) => new Promise<void>((resolve) => running.onSynced(resolve)));
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      try {
        await Promise.race([Promise.all(all), aborted]);
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
  };
}

import { errors } from '@steersman/api';
import type { Clock, Logger } from '@steersman/machinery';
import { type EventBatch, isStorageError, type KeyValue, type Storage, type StorageEvent } from '@steersman/storage';
import { REGISTRY_PREFIX } from '../storage-keys.ts';
import type { CacheEvent } from './entry.ts';
import type { ResourceCache } from './resource-cache.ts';

const LOAD_PAGE_KEYS = 500; // A page stays below the 10 ms that one stretch of work may take.
const REGISTRY_END = '/registry0';
const REREAD_MS = 1000; // Between attempts to read a store that does not answer.

export interface CacheHubOptions {
  readonly storage: Storage;
  readonly log: Logger;
  /**
   * True for an embedded store: every acknowledged write has been seen here before its caller is told, so a
   * read never has to ask the store how far it is.
   */
  readonly storageIsEmbedded: boolean;
  readonly clock: Clock;
  /** Called when the store ends the watch for good; the server cannot go on. */
  readonly onLost: (error: unknown) => void;
  /** Called before the caches leap over changes that nobody can tell any more: whoever watches has to begin anew. */
  readonly onGap: () => void;
}

/** Feeds the caches of all resources from one watch of the store, so that they share one revision. */
export class CacheHub {
  /** Every event up to this revision is in the caches. */
  revision = 0;
  readonly #options: CacheHubOptions;
  readonly #byFolder = new Map<string, ResourceCache>();
  readonly #waiting: { readonly revision: number; readonly resolve: () => void }[] = [];
  readonly #onEvent: (cache: ResourceCache, event: CacheEvent) => void;
  /** The question that the store is answering, and the one that will be put after it. */
  #asked: Promise<unknown> | undefined;
  #next: Promise<number> | undefined;
  #stop: () => void = () => undefined;
  /** The cache that was asked for last: what comes after one object is most often of the same resource. */
  #last: ResourceCache | undefined;

  constructor(options: CacheHubOptions, onEvent: (cache: ResourceCache, event: CacheEvent) => void) {
    this.#options = options;
    this.#onEvent = onEvent;
  }

  add(cache: ResourceCache): void {
    this.#last = undefined;
    this.#byFolder.set(cache.prefix.slice(REGISTRY_PREFIX.length, -1), cache);
  }
  caches(): Iterable<ResourceCache> {
    return this.#byFolder.values();
  }

  /** Reads everything once, then follows the store. Resolves when the caches are complete. */
  async start(): Promise<void> {
    const revision = await this.#scanAll();
    this.revision = revision;
    for (const cache of this.#byFolder.values()) cache.loaded(revision);
    this.#follow();
  }

  stop(): void {
    this.#stop();
  }

  /** For caches that turned out not to be what the store holds. */
  readAgain(): void {
    this.#stop();
    void this.#leap();
  }

  /** Fills the caches, without a copy of values if the store can give them again. */
  async #scanAll(): Promise<number> {
    const { storage } = this.#options;
    if (storage.scan === undefined || storage.reread === undefined) return this.#readAll((item) => this.#load(item));
    const source = storage.reread.bind(storage);
    const range = { start: REGISTRY_PREFIX, end: REGISTRY_END };
    const revision = await storage.scan(range, (item, place) => this.#load(item, { source, place }));
    storage.forgetReads?.();
    return revision;
  }

  /** Reads everything as of one revision, which it resolves with. */
  async #readAll(take: (item: KeyValue) => void): Promise<number> {
    const { storage } = this.#options;
    let revision: number | undefined;
    let start = REGISTRY_PREFIX;
    for (;;) {
      const page = await storage.range({
        start,
        end: REGISTRY_END,
        limit: LOAD_PAGE_KEYS,
        uncounted: true,
        ...(revision === undefined ? {} : { revision }),
      });
      revision ??= page.revision;
      for (const item of page.items) take(item);
      const last = page.items.at(-1);
      if (!page.more || last === undefined) break;
      start = `${last.key}\0`;
    }
    storage.forgetReads?.();
    return revision;
  }

  #follow(): void {
    const range = { start: REGISTRY_PREFIX, end: REGISTRY_END, afterRevision: this.revision };
    const watch = this.#options.storage.watch(range, (batch) => this.#take(batch));
    let stopped = false;
    this.#stop = () => {
      stopped = true;
      watch.close();
    };
    watch.done.catch((error: unknown) => {
      if (stopped) return;
      if (!isStorageError(error, 'compacted')) return this.#options.onLost(error);
      this.#options.log.warn('The store gave up changes before they could be read; all of it is read again', {
        revision: this.revision,
      });
      void this.#leap();
    });
  }

  /** Takes over what the store holds now, whatever happened since. */
  async #leap(): Promise<void> {
    const { log, clock, onGap } = this.#options;
    let stopped = false;
    this.#stop = () => {
      stopped = true;
    };
    for (;;) {
      try {
        const { changed, gone, revision } = await this.#difference();
        if (stopped) return;
        // In one turn of the event loop, so that nobody sees a part of it.
        onGap();
        for (const current of changed) this.#apply({ kind: 'put', current, previous: undefined });
        for (const { cache, key } of gone) {
          const event = cache.forget(key, revision);
          if (event !== undefined) this.#onEvent(cache, event);
        }
        for (const cache of this.#byFolder.values()) cache.loaded(revision);
        this.#reach(revision);
        return this.#follow();
      } catch (error) {
        log.warn('The store cannot be read', { error: String(error) });
        await clock.sleep(REREAD_MS);
        if (stopped) return;
      }
    }
  }

  /** How the store differs from the caches. */
  async #difference() {
    const changed: KeyValue[] = [];
    const found = new Set<string>();
    const revision = await this.#readAll((item) => {
      found.add(item.key);
      if (this.#cacheOf(item.key)?.revisionOf(item.key) !== item.modRevision) changed.push(item);
    });
    const gone: { cache: ResourceCache; key: string }[] = [];
    for (const cache of this.#byFolder.values()) {
      for (const run of cache.snapshot(undefined)) {
        for (const { key } of run) if (!found.has(key)) gone.push({ cache, key });
      }
    }
    return { changed, gone, revision };
  }

  /**
   * Before a read that must see every acknowledged write: undefined when the caches are known to be complete, else a
   * promise for that. The store is asked once for all reads that wait, but never before they began: an answer that was
   * under way may be older than what the reader knows to be acknowledged.
   */
  untilConsistent(): Promise<void> | undefined {
    if (this.#options.storageIsEmbedded) return undefined;
    this.#next ??= this.#asked === undefined ? this.#ask() : this.#asked.then(() => this.#ask());
    return this.#next.then((revision) => this.untilRevision(revision));
  }

  #ask(): Promise<number> {
    // One turn of the promise queue later, so that reads that begin together share the question.
    const asked = Promise.resolve().then(() => {
      this.#next = undefined;
      return this.#options.storage.currentRevision();
    });
    const answered = asked.then(
      () => undefined,
      () => undefined,
    );
    this.#asked = answered;
    void answered.then(() => {
      if (this.#asked === answered) this.#asked = undefined;
    });
    return asked.catch((error: unknown) => {
      throw errors.serviceUnavailable(`the store cannot be read: ${String(error)}`);
    });
  }

  async untilRevision(revision: number): Promise<void> {
    if (this.revision >= revision) return;
    await new Promise<void>((resolve) => this.#waiting.push({ revision, resolve }));
  }

  /** One value that cannot be decoded must not keep the server from starting. */
  #load(item: KeyValue, left?: { readonly source: NonNullable<Storage['reread']>; readonly place: number }): void {
    const cache = this.#cacheOf(item.key);
    try {
      if (left === undefined) cache?.load(item);
      else cache?.loadFrom(left.source, item, left.place);
    } catch (error) {
      this.#options.log.error('Stored value cannot be read', { key: item.key, error: String(error) });
    }
  }

  #cacheOf(key: string): ResourceCache | undefined {
    if (this.#last === undefined || !key.startsWith(this.#last.prefix)) this.#last = this.#findCacheOf(key);
    return this.#last;
  }

  #findCacheOf(key: string): ResourceCache | undefined {
    const first = key.indexOf('/', REGISTRY_PREFIX.length);
    if (first === -1) return undefined;
    const cache = this.#byFolder.get(key.slice(REGISTRY_PREFIX.length, first));
    if (cache !== undefined) return cache;
    const second = key.indexOf('/', first + 1);
    return second === -1 ? undefined : this.#byFolder.get(key.slice(REGISTRY_PREFIX.length, second));
  }

  #take(batch: EventBatch): void {
    for (const event of batch.events) this.#apply(event);
    this.#reach(batch.revision);
  }

  #apply(event: StorageEvent): void {
    const cache = this.#cacheOf(event.kind === 'put' ? event.current.key : event.key);
    if (cache === undefined) return;
    try {
      this.#onEvent(cache, cache.apply(event));
    } catch (error) {
      // One value that cannot be decoded must not stop every watch of the server.
      this.#options.log.error('Stored value cannot be read', { prefix: cache.prefix, error: String(error) });
    }
  }

  #reach(revision: number): void {
    this.revision = Math.max(this.revision, revision);
    for (let index = this.#waiting.length - 1; index >= 0; index--) {
      const waiting = this.#waiting[index]!;
      if (waiting.revision <= this.revision) {
        this.#waiting.splice(index, 1);
        waiting.resolve();
      }
    }
  }
}

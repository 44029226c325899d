/**
 * The client seam: how every component talks to the API. `Transport` is implemented over HTTP(S) and in-process;
 * everything else is built once on top of it.
 */
import type { DeepReadonly, KubeObject, ObjectKey, ResourceType } from '@steersman/api';

export interface TransportRequest {
  readonly method: string;
  /** Path with query string, as on the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}
export interface TransportResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Read it to the end or abort the request. */
  readonly body: AsyncIterable<Uint8Array>;
}
export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

export interface WriteOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}
export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  readonly signal?: AbortSignal;
}
export interface WatchOptions extends ListOptions {
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}
export type Patch =
  | { readonly type: 'json'; readonly body: readonly unknown[] }
  | { readonly type: 'merge' | 'strategic'; readonly body: unknown }
  | { readonly type: 'apply'; readonly body: unknown; readonly force?: boolean };
export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Carries only a resourceVersion; `initialEventsEnd` marks the end of sendInitialEvents. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

/**
 * Typed requests for one resource. A failed request throws `ApiError` (of @steersman/api) with the server's Status;
 * `find` turns NotFound into undefined. The namespace of a write is the object's own.
 */
export interface ResourceClient<T extends KubeObject> {
  get(key: ObjectKey, options?: { readonly resourceVersion?: string; readonly signal?: AbortSignal }): Promise<T>;
  find(key: ObjectKey, options?: { readonly signal?: AbortSignal }): Promise<T | undefined>;
  list(options?: ListOptions): Promise<ObjectList<T>>;
  watch(options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create(object: T, options?: WriteOptions): Promise<T>;
  update(object: T, options?: WriteOptions): Promise<T>;
  updateStatus(object: T, options?: WriteOptions): Promise<T>;
  patch(key: ObjectKey, patch: Patch, options?: WriteOptions & { readonly subresource?: string }): Promise<T>;
  delete(key: ObjectKey, options?: DeleteOptions): Promise<void>;
  deleteCollection(options?: ListOptions & DeleteOptions): Promise<void>;
  /** Any other subresource, for example `create` on `pods/eviction`, `pods/binding`, `serviceaccounts/token`. */
  subresource<R>(
    method: 'GET' | 'POST' | 'PUT',
    key: ObjectKey,
    name: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<R>;
}

export interface Client {
  readonly transport: Transport;
  /** For the versions and kinds of the facts tables, by the generated descriptors: `client.resource(Resources.pods)`. */
  resource<T extends KubeObject>(type: ResourceType<T>): ResourceClient<T>;
  /** The same requests, reading metadata only (PartialObjectMetadata): for what must watch every resource cheaply. */
  metadata(type: ResourceType): ResourceClient<KubeObject>;
  /** A raw request; JSON in, JSON out. */
  json<R>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<R>;
}

export type Change<P> =
  | { readonly kind: 'added'; readonly object: P }
  | { readonly kind: 'updated'; readonly object: P; readonly previous: P }
  | { readonly kind: 'deleted'; readonly last: P };

export interface InformerOptions<T, P> {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Reads metadata only; objects then carry apiVersion, kind and metadata. */
  readonly metadataOnly?: boolean;
  /** Keeps only what is needed; the projection must keep metadata's name, namespace and resourceVersion. */
  readonly project?: (object: T) => P;
  /** Index name to the values an object is found under. */
  readonly indexes?: Readonly<Record<string, (object: P) => readonly string[]>>;
}

/**
 * A local, eventually consistent copy of one resource. Promises: per key, changes arrive in order; the cache is
 * updated before subscribers are called. Not promised: that every intermediate version is seen. Keys are
 * `namespace/name`, or `name` for cluster-scoped resources.
 */
export interface Informer<P> {
  get(key: string): DeepReadonly<P> | undefined;
  list(namespace?: string): readonly DeepReadonly<P>[];
  byIndex(index: string, value: string): readonly DeepReadonly<P>[];
  /** Called for what is there already (as added) and then for every change; returns the way to end it. */
  subscribe(handler: (change: Change<DeepReadonly<P>>) => void): () => void;
  /** True once the first list is in the cache. */
  readonly synced: boolean;
  /** The resourceVersion the cache has reached. */
  readonly resourceVersion: string;
}

/** One informer per resource and selector, however many ask for it. */
export interface Informers {
  informer<T extends KubeObject, P = T>(type: ResourceType<T>, options?: InformerOptions<T, P>): Informer<P>;
  /** Starts every informer asked for so far; may be called again. Lists and watches until the signal aborts. */
  start(signal: AbortSignal): void;
  /** Resolves when every informer asked for so far has synced. */
  untilSynced(signal: AbortSignal): Promise<void>;
}

export interface EventRecorder {
  /** Writes or aggregates a core/v1 Event about the object; never throws, never waits. */
  event(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

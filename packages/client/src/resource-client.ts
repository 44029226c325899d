import { isNotFound, type KubeObject, type ObjectKey, type ResourceType } from '@steersman/api';
import { jsonOf } from './answer.ts';
import type { Send } from './client.ts';
import type {
  DeleteOptions,
  ListOptions,
  ObjectList,
  Patch,
  ResourceClient,
  WatchEvent,
  WatchOptions,
} from './contract.ts';
import { collectionPath, listQuery, objectPath, watchQuery, withQuery, writeQuery } from './paths.ts';
import { watchEvents } from './watch.ts';

const JSON_ACCEPT = 'application/json';
/** Asks for metadata only (PartialObjectMetadata), with the whole object as the fallback of servers that cannot. */
export const METADATA_ACCEPT = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
/** As client-go's list types do: items of a list carry neither kind nor apiVersion on the wire. */
const LIST_ACCEPT: Readonly<Record<string, string>> = {
  [METADATA_ACCEPT]: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
};

const patchMediaType: Readonly<Record<Patch['type'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

interface WireList<T> {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly T[] | null;
}

function keyOfObject(object: KubeObject): ObjectKey {
  const { name = '', namespace } = object.metadata;
  return namespace === undefined ? { name } : { name, namespace };
}

/** The body of a delete; undefined when there is nothing to say. */
function deleteBody(options: DeleteOptions): unknown {
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = options;
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(preconditions === undefined ? {} : { preconditions }),
    ...(dryRun === true ? { dryRun: ['All'] } : {}),
  };
}

/** The typed requests of one resource; `accept` picks the representation of everything that is read. */
export function resourceClient<T extends KubeObject>(
  type: ResourceType<T>,
  send: Send,
  accept: string = JSON_ACCEPT,
): ResourceClient<T> {
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;

  /** Items of a list are given the kind and apiVersion that the wire leaves out. */
  const named = (object: T): T =>
    object.kind === undefined ? Object.assign(object, { apiVersion, kind: type.kind }) : object;

  async function call(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
    contentType = JSON_ACCEPT,
  ): Promise<unknown> {
    const response = await send({
      method,
      path,
      headers: {
        accept: LIST_ACCEPT[accept] !== undefined && method !== 'GET' ? JSON_ACCEPT : accept,
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
      ...(signal === undefined ? {} : { signal }),
    });
    return jsonOf(response);
  }

  async function get(
    key: ObjectKey,
    options: { readonly resourceVersion?: string; readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    const path = withQuery(objectPath(type, key), { resourceVersion: options.resourceVersion });
    return (await call('GET', path, undefined, options.signal)) as T;
  }

  async function list(options: ListOptions = {}): Promise<ObjectList<T>> {
    const path = withQuery(collectionPath(type, options.namespace), listQuery(options));
    const response = await send({
      method: 'GET',
      path,
      headers: { accept: LIST_ACCEPT[accept] ?? accept },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const { metadata, items } = (await jsonOf(response)) as WireList<T>;
    return {
      items: (items ?? []).map(named),
      resourceVersion: metadata.resourceVersion ?? '',
      ...(metadata.continue ? { continue: metadata.continue } : {}),
      ...(metadata.remainingItemCount === undefined ? {} : { remainingItemCount: metadata.remainingItemCount }),
    };
  }

  async function* watch(options: WatchOptions = {}): AsyncGenerator<WatchEvent<T>> {
    const path = withQuery(collectionPath(type, options.namespace), watchQuery(options));
    const ended = new AbortController();
    const signal = options.signal === undefined ? ended.signal : AbortSignal.any([options.signal, ended.signal]);
    try {
      const response = await send({ method: 'GET', path, headers: { accept }, signal });
      yield* watchEvents<T>(response);
    } finally {
      ended.abort(); // Frees the connection's stream when the reader stops early.
    }
  }

  const write = (
    method: 'POST' | 'PUT',
    path: string,
    object: T,
    options: Parameters<ResourceClient<T>['create']>[1] = {},
  ) =>
    call(
      method,
      withQuery(path, writeQuery(options)),
      object.kind === undefined ? { apiVersion, kind: type.kind, ...object } : object,
      options.signal,
    ) as Promise<T>;

  return {
    get,
    list,
    watch,
    async find(key, options = {}) {
      try {
        return await get(key, options);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    create: (object, options) => write('POST', collectionPath(type, object.metadata.namespace), object, options),
    update: (object, options) => write('PUT', objectPath(type, keyOfObject(object)), object, options),
    updateStatus: (object, options) => write('PUT', objectPath(type, keyOfObject(object), 'status'), object, options),
    async patch(key, patch, options = {}) {
      const force = patch.type === 'apply' ? patch.force : undefined;
      const path = withQuery(objectPath(type, key, options.subresource), { ...writeQuery(options), force });
      return (await call('PATCH', path, patch.body, options.signal, patchMediaType[patch.type])) as T;
    },
    async delete(key, options = {}) {
      await call('DELETE', objectPath(type, key), deleteBody(options), options.signal);
    },
    async deleteCollection(options = {}) {
      const path = withQuery(collectionPath(type, options.namespace), listQuery(options));
      await call('DELETE', path, deleteBody(options), options.signal);
    },
    async subresource<R>(
      method: 'GET' | 'POST' | 'PUT',
      key: ObjectKey,
      name: string,
      body?: unknown,
      signal?: AbortSignal,
    ): Promise<R> {
      return (await call(method, objectPath(type, key, name), body, signal)) as R;
    },
  };
}

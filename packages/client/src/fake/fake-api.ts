import { type ResourceInfo, resourceTable, statusOf } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import type { Transport, TransportRequest, TransportResponse } from '../contract.ts';
import { fakeDiscovery } from './fake-discovery.ts';
import { createFakeStore, type FakeStore } from './fake-store.ts';
import { type FakeRequest, handleVerb } from './fake-verbs.ts';
import { fakeWatch } from './fake-watch.ts';

export interface FakeApiOptions {
  /** Names, UIDs and timestamps come from here. */
  readonly effects: Pick<Effects, 'clock' | 'random'>;
  /** Called before every request; throwing an `ApiError` makes it the answer. For faults. */
  readonly intercept?: (request: { readonly method: string; readonly path: string; readonly body: unknown }) => void;
  /** False makes it an old server that refuses `sendInitialEvents`. */
  readonly watchList?: boolean;
}

/** An API server of a few hundred lines, for tests of clients and controllers. */
export interface FakeApi {
  readonly transport: Transport;
  readonly store: FakeStore;
  /** Every request so far, oldest first: `POST /api/v1/namespaces/default/pods`. */
  readonly requests: readonly string[];
  /** Ends every open watch, as a restarting server would. */
  dropWatches(): void;
}

const PATH = /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+)(?=\/.))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/;

function infoOf(group: string, version: string, plural: string): ResourceInfo | undefined {
  return resourceTable.find(
    (row) => row.group === group && row.version === version && row.plural === plural && row.served,
  );
}

interface Route {
  readonly info: ResourceInfo;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** `/api/v1/namespaces/x/status` is the namespace's own subresource; everything else under it is namespaced. */
function routeOf(path: string): Route | undefined {
  const decoded = decodeURIComponent(path);
  const own = /^\/api\/v1\/namespaces\/([^/]+)\/(status|finalize)$/.exec(decoded);
  if (own !== null)
    return {
      info: infoOf('', 'v1', 'namespaces') as ResourceInfo,
      namespace: undefined,
      name: own[1],
      subresource: own[2],
    };
  const match = PATH.exec(decoded);
  const info = match === null ? undefined : infoOf(match[1] ?? '', match[2] ?? '', match[4] ?? '');
  return info === undefined ? undefined : { info, namespace: match?.[3], name: match?.[5], subresource: match?.[6] };
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function answer(status: number, body: unknown): TransportResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: oneChunk(Buffer.from(JSON.stringify(body))) };
}

/**
 * An in-memory API server that behaves: revisions and conflicts, generateName, generation, finalizers, graceful pod
 * deletion, status subresources, patches, selectors, watches that resume or send initial events, discovery. It does
 * not validate, default or authorize.
 */
export function createFakeApi(options: FakeApiOptions): FakeApi {
  const store = createFakeStore();
  const requests: string[] = [];
  const watches = new Set<() => void>();

  function handle(request: TransportRequest, path: string, query: URLSearchParams, body: unknown): TransportResponse {
    const discovery = fakeDiscovery(path);
    if (discovery !== undefined) return answer(200, discovery);
    const route = routeOf(path);
    if (route === undefined) return answer(404, statusOf(undefined));
    if (request.method === 'GET' && query.get('watch') === 'true') {
      if (query.get('sendInitialEvents') === 'true' && options.watchList === false)
        return answer(422, { kind: 'Status', status: 'Failure', code: 422, reason: 'Invalid' });
      const { stream, end } = fakeWatch(store, route.info, route.namespace, query);
      watches.add(end);
      request.signal?.addEventListener('abort', end, { once: true });
      return { status: 200, headers: { 'content-type': 'application/json' }, body: stream };
    }
    const contentType = request.headers['content-type'] ?? '';
    const full: FakeRequest = { ...route, method: request.method, query, body, contentType };
    const result: unknown = handleVerb(full, store, options.effects);
    return answer(request.method === 'POST' ? 201 : 200, result);
  }

  const transport: Transport = {
    async request(request) {
      request.signal?.throwIfAborted();
      const url = new URL(request.path, 'http://fake');
      const body: unknown =
        request.body === undefined ? undefined : JSON.parse(Buffer.from(request.body).toString('utf8'));
      requests.push(`${request.method} ${request.path}`);
      try {
        options.intercept?.({ method: request.method, path: request.path, body });
        return handle(request, url.pathname, url.searchParams, body);
      } catch (error) {
        const status = statusOf(error);
        return answer(status.code ?? 500, status);
      }
    },
    async close() {},
  };
  return {
    transport,
    store,
    requests,
    dropWatches() {
      for (const end of [...watches]) end();
      watches.clear();
    },
  };
}

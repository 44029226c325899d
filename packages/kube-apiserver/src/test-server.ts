/** For tests: a server in this process on a memory store, with shortcuts for requests. */
import type { KubeObject } from '@steersman/api';
import { type FakeEffects, fakeEffects } from '@steersman/machinery';
import { createMemoryStorage, type Storage } from '@steersman/storage';
import { type ApiServer, createApiServer } from './api-server.ts';
import type { UserInfo } from './authentication/contract.ts';
import type { ApiServerOptions } from './server-options.ts';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: T;
}
export interface TestServer extends AsyncDisposable {
  readonly server: ApiServer;
  readonly storage: Storage;
  readonly effects: FakeEffects;
  send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    user?: UserInfo,
  ): Promise<Answer<T>>;
  /** A watch as an iterator of its events. */
  watch(path: string, headers?: Record<string, string>): AsyncIterableIterator<WatchFrame>;
}
export interface WatchFrame {
  readonly type: string;
  readonly object: KubeObject & Record<string, unknown>;
}
export const ADMIN: UserInfo = { name: 'kubernetes-admin', groups: ['system:masters'] };
const BARE = { subresourceHandlers: () => [], admissionPlugins: () => [], postStartHooks: () => [] };

/** Starts one without admission and bootstrap, so that a test sees the engine alone. */
export async function startTestServer(options: Partial<ApiServerOptions> = {}): Promise<TestServer> {
  const effects = fakeEffects();
  const storage = createMemoryStorage({ clock: effects.clock });
  const server = await createApiServer({ storage, effects, streamHandlers: () => [], extensions: BARE, ...options });
  const transport = server.transportFor(ADMIN);
  return {
    server,
    storage,
    effects,
    async send<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, user?: UserInfo) {
      const via = user === undefined ? transport : server.transportFor(user);
      const bytes =
        body === undefined
          ? undefined
          : typeof body === 'string'
            ? Buffer.from(body)
            : Buffer.from(JSON.stringify(body));
      const response = await via.request({
        method,
        path,
        headers: { 'content-type': 'application/json', ...headers },
        ...(bytes === undefined ? {} : { body: bytes }),
      });
      const text = (await Array.fromAsync(response.body)).map((chunk) => Buffer.from(chunk).toString()).join('');
      return { status: response.status, headers: response.headers, body: parsed(text) as T };
    },
    watch: (path, headers = {}) => watchFrames(transport.request({ method: 'GET', path, headers })),
    async [Symbol.asyncDispose]() {
      await server.close();
      await storage.close();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function* watchFrames(
  response: Promise<{ readonly body: AsyncIterable<Uint8Array> }>,
): AsyncIterableIterator<WatchFrame> {
  let rest = '';
  for await (const chunk of (await response).body) {
    rest += Buffer.from(chunk).toString();
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as WatchFrame;
  }
}

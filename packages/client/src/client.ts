import type { KubeObject, ResourceType } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import { jsonOf } from './answer.ts';
import { readAll } from './body.ts';
import type { Client, ResourceClient, Transport, TransportRequest, TransportResponse } from './contract.ts';
import { createRateLimiter } from './rate-limit.ts';
import { METADATA_ACCEPT, resourceClient } from './resource-client.ts';

/** As client-go: how often one request is sent again because the server asked for patience. */
const PATIENCE_RETRIES_MAX = 10;

export interface ClientOptions {
  /** Shown in audit logs and used for default field managers. */
  readonly userAgent?: string;
  /** Needed to wait: for `Retry-After` answers (429, 503) and for `qps`. Without it such answers are errors at once. */
  readonly clock?: Clock;
  /** Requests per second; unlimited when absent, which is right for clients in the server's own process. */
  readonly qps?: number;
  /** Requests that may go out at once before `qps` counts; twice `qps` when absent. */
  readonly burst?: number;
}

/** Sends requests: adds the user agent, keeps to the rate and has the patience that the server asks for. */
export type Send = (request: TransportRequest) => Promise<TransportResponse>;

function patienceMsOf(response: TransportResponse): number | undefined {
  if (response.status !== 429 && response.status < 500) return undefined;
  const seconds = Number(response.headers['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 && response.headers['retry-after'] !== undefined
    ? seconds * 1000
    : undefined;
}

function sender(transport: Transport, options: ClientOptions): Send {
  const { clock, userAgent = 'steersman' } = options;
  const limiter =
    clock === undefined || options.qps === undefined
      ? undefined
      : createRateLimiter(clock, options.qps, options.burst ?? options.qps * 2);
  return async function send(request) {
    const full = { ...request, headers: { 'user-agent': userAgent, ...request.headers } };
    for (let attempt = 0; ; attempt += 1) {
      await limiter?.take(request.signal);
      const response = await transport.request(full);
      const patienceMs = patienceMsOf(response);
      if (patienceMs === undefined || clock === undefined || attempt >= PATIENCE_RETRIES_MAX) return response;
      await readAll(response.body);
      await clock.sleep(patienceMs, request.signal);
    }
  };
}

/** Typed requests over a transport. Failed requests throw `ApiError` or, when there was no answer, `TransportError`. */
export function createClient(transport: Transport, options: ClientOptions = {}): Client {
  const send = sender(transport, options);
  return {
    transport,
    resource: <T extends KubeObject>(type: ResourceType<T>): ResourceClient<T> => resourceClient(type, send),
    metadata: (type) => resourceClient(type, send, METADATA_ACCEPT),
    async json<R>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<R> {
      const response = await send({
        method,
        path,
        headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
        ...(signal === undefined ? {} : { signal }),
      });
      return (await jsonOf(response)) as R;
    },
  };
}

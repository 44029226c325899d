import type { IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { nodeHttp } from '@steersman/machinery';
import type { Transport, TransportRequest, TransportResponse } from '../contract.ts';
import { TransportError } from '../transport-error.ts';
import { guardedBody } from './guarded-body.ts';
import { createHttp2Pool } from './http2-pool.ts';

/** Where the server is and who we are. */
export interface HttpTransportOptions {
  /** Such as `https://127.0.0.1:6443`; a path in it is put before every request's. */
  readonly server: string;
  /** PEM of the authorities that may have signed the server's certificate; the system's when absent. */
  readonly ca?: string;
  /** PEM of the client's certificate and key. */
  readonly certificate?: string;
  readonly key?: string;
  /** A bearer token, or a function asked before every request (so that rotated tokens are picked up). */
  readonly token?: string | (() => string | undefined);
  readonly username?: string;
  readonly password?: string;
  /** The name to expect in the server's certificate when it is not the host of `server`. */
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** Sent with every request, such as `impersonate-user`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** HTTP/2 where the server offers it, unless `http1`. */
  readonly protocol?: 'auto' | 'http1';
}

/** As client-go: connections kept open per host when idle. */
const IDLE_CONNECTIONS_MAX = 25;

function tlsOptionsOf(options: HttpTransportOptions, url: URL): ConnectionOptions {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port === '' ? 443 : url.port),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.certificate === undefined ? {} : { cert: options.certificate }),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.tlsServerName === undefined ? {} : { servername: options.tlsServerName }),
    ...(options.insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
  };
}

function headersOf(options: HttpTransportOptions): Record<string, string> {
  const token = typeof options.token === 'function' ? options.token() : options.token;
  if (token !== undefined) return { ...options.headers, authorization: `Bearer ${token}` };
  if (options.username === undefined) return { ...options.headers };
  const credentials = Buffer.from(`${options.username}:${options.password ?? ''}`).toString('base64');
  return { ...options.headers, authorization: `Basic ${credentials}` };
}

function responseOf(message: IncomingMessage, request: TransportRequest): TransportResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  message.on('error', () => {}); // The reader of the body sees it; without a reader nobody needs it.
  return { status: message.statusCode ?? 0, headers, body: guardedBody(message, request) };
}

/** One HTTP/1.1 exchange over a keep-alive agent. */
function exchange(
  send: typeof nodeHttp.request,
  target: RequestOptions,
  request: TransportRequest,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = send({
      ...target,
      method: request.method,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    outgoing.on('response', (message) => resolve(responseOf(message, request)));
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      if (request.signal?.aborted) return reject(request.signal.reason);
      const code = cause.syscall === 'connect' ? 'ConnectionFailed' : 'ConnectionLost';
      reject(new TransportError(code, `${request.method} ${request.path}: ${cause.message}`, { cause }));
    });
    outgoing.end(request.body);
  });
}

/**
 * The transport of components that are not in the server's process: TLS with HTTP/2 when the server offers it
 * (many watches share a connection), else HTTP/1.1 with keep-alive. Close it to let the process end.
 */
export function createHttpTransport(options: HttpTransportOptions): Transport {
  const url = new URL(options.server);
  const prefix = url.pathname.replace(/\/$/, '');
  const secure = url.protocol === 'https:';
  const tls = tlsOptionsOf(options, url);
  const agent = secure
    ? new HttpsAgent({ ...tls, keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS_MAX, ALPNProtocols: ['http/1.1'] })
    : new nodeHttp.Agent({ keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS_MAX });
  const pool = secure && options.protocol !== 'http1' ? createHttp2Pool(url, tls) : undefined;

  return {
    async request(request) {
      request.signal?.throwIfAborted();
      const full = { ...request, path: prefix + request.path, headers: { ...request.headers, ...headersOf(options) } };
      const overHttp2 = await pool?.request(full);
      if (overHttp2 !== undefined) return overHttp2;
      const length = full.body === undefined ? {} : { 'content-length': String(full.body.byteLength) };
      const target = {
        host: tls.host,
        port: secure ? tls.port : url.port || 80,
        path: full.path,
        headers: { ...full.headers, ...length },
        agent,
      };
      return exchange(secure ? httpsRequest : nodeHttp.request, target as RequestOptions, full);
    },
    async close() {
      agent.destroy();
      pool?.close();
    },
  };
}

import { constants } from 'node:crypto';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Logger, nodeHttp } from '@steersman/machinery';
import type { HttpHandler, HttpRequest, HttpResponse, UpgradeSocket } from '../http-contract.ts';
import {
  CONNECTION_CHECK_MS,
  CONNECTIONS_MAX,
  FIRST_REQUEST_MS_MAX,
  IDLE_CONNECTION_MS_MAX,
  REQUEST_HEADER_BYTES_MAX,
  REQUEST_HEADER_WAIT_MS_MAX,
  REQUEST_HEADERS_MAX,
  SESSION_MEMORY_MIB_MAX,
  SESSION_STREAMS_MAX,
  STREAM_RECEIVE_WINDOW_BYTES,
  STREAM_RESETS_MAX,
  STREAM_RESETS_PER_SECOND,
} from '../limits.ts';
import { ServerError } from '../server-error.ts';
import { Http1Request, Http1Response } from './http1.ts';
import { Http2Request, Http2Response } from './http2.ts';
import { type NewConnections, newConnections } from './new-connections.ts';
import { inTurn } from './pipelined.ts';
import { refuseUnreadable } from './unreadable.ts';

/** PEM texts. With `clientCertificateAuthority`, client certificates are asked for and checked, never demanded. */
export interface TlsOptions {
  readonly certificate: string | Uint8Array;
  readonly key: string | Uint8Array;
  readonly clientCertificateAuthority?: string | Uint8Array;
}
export interface ListenerOptions {
  readonly handler: HttpHandler;
  readonly log: Logger;
  /** Absent: plain HTTP/1.1. */
  readonly tls?: TlsOptions;
  /** Requests under way at once on one HTTP/2 connection; `SESSION_STREAMS_MAX` when absent. */
  readonly streamsMax?: number;
  /** Oldest version of TLS; 1.2 when absent. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** What connections may take; for tests that do not want to wait. */
  readonly limits?: Partial<ConnectionLimits>;
}
/** Milliseconds, and a count. */
export interface ConnectionLimits {
  readonly headerWaitMs: number;
  readonly checkMs: number;
  readonly idleMs: number;
  readonly firstRequestMs: number;
  readonly connections: number;
}
const LIMITS: ConnectionLimits = {
  headerWaitMs: REQUEST_HEADER_WAIT_MS_MAX,
  checkMs: CONNECTION_CHECK_MS,
  idleMs: IDLE_CONNECTION_MS_MAX,
  firstRequestMs: FIRST_REQUEST_MS_MAX,
  connections: CONNECTIONS_MAX,
};
export interface Listener {
  /** Resolves with the address once connections are accepted. Throws ServerError `address-in-use` or `cannot-listen`. */
  listen(options: {
    readonly host?: string;
    readonly port: number;
  }): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * Takes no new connections and tells clients to go elsewhere with what comes next: HTTP/2 by GOAWAY, HTTP/1.1 by closing
   * connections once they have nothing to answer. Running requests go on. Resolves when no request can come any more: those on
   * connections that were just opened have come, or took too long.
   */
  stopAccepting(): Promise<void>;
  /** Stops accepting, lets running requests end for at most `graceMs`, then cuts every connection. */
  close(graceMs?: number): Promise<void>;
  /** Uses other certificates for connections from now on. Throws when they cannot be read; the old ones then stay. */
  reload(tls: TlsOptions): void;
  /** Open connections, for metrics. */
  readonly connections: number;
}

/** One port for HTTP/1.1 and HTTP/2 over TLS, or plain HTTP/1.1; every request reaches the same handler. */
export function createListener(options: ListenerOptions): Listener {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const limits = { ...LIMITS, ...options.limits };
  const unused = newConnections(limits.firstRequestMs);
  const server =
    options.tls === undefined
      ? nodeHttp.createServer(http1Options(limits))
      : secureServer(options.tls, limits, options);
  server.maxConnections = limits.connections;
  // Node would close connections that have not told their last answer to its end, or are about to bring their first request.
  (server as Server).closeIdleConnections = () => undefined;
  // Before any handshake: a connection that never shakes hands must not hold up `close`.
  server.on('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    unused.opened(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session: ServerHttp2Session) => {
    const { remoteAddress, remotePort } = session.socket;
    session.once('close', () => sessions.delete(session));
    session.once('stream', () => {
      unused.used({ remoteAddress, remotePort });
      sessions.add(session);
      if (closed !== undefined) session.close();
    });
    session.on('error', (error) => options.log.debug('HTTP/2 session failed', { error: String(error) }));
    // Ends what nothing moves on, and lets streams that wait for something go on.
    session.setTimeout(limits.idleMs, () => session.close());
  });
  const plainConnections = createPlainConnections(unused);
  serve(server, options, plainConnections);
  let closed: Promise<void> | undefined;
  const stopAccepting = () => {
    if (closed !== undefined) return closed;
    closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const session of sessions) session.close();
    plainConnections.drain();
    return closed;
  };
  return {
    stopAccepting() {
      void stopAccepting();
      return unused.none();
    },
    listen: (where) => listen(server, where),
    close: (graceMs = 0) => close(stopAccepting(), sockets, sessions, graceMs),
    reload: (tls) => (server as Http2SecureServer).setSecureContext(contextOf(tls, options)),
    get connections() {
      return sockets.size;
    },
  };
}

function http1Options({ headerWaitMs, checkMs, idleMs }: ConnectionLimits): ServerOptions {
  return {
    maxHeaderSize: REQUEST_HEADER_BYTES_MAX,
    headersTimeout: headerWaitMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: idleMs,
    requestTimeout: 0, // Bodies have their own limit; attach and proxies may send for ever.
  };
}

function secureServer(tls: TlsOptions, limits: ConnectionLimits, options: ListenerOptions): Http2SecureServer {
  const server = createSecureServer({
    allowHTTP1: true,
    ...http1Options(limits),
    handshakeTimeout: limits.headerWaitMs,
    ...contextOf(tls, options),
    requestCert: tls.clientCertificateAuthority !== undefined,
    rejectUnauthorized: false,
    maxSessionMemory: SESSION_MEMORY_MIB_MAX,
    maxHeaderListPairs: REQUEST_HEADERS_MAX,
    streamResetBurst: STREAM_RESETS_MAX,
    streamResetRate: STREAM_RESETS_PER_SECOND,
    settings: {
      maxConcurrentStreams: options.streamsMax ?? SESSION_STREAMS_MAX,
      initialWindowSize: STREAM_RECEIVE_WINDOW_BYTES,
      maxHeaderListSize: REQUEST_HEADER_BYTES_MAX,
    },
  } as Parameters<typeof createSecureServer>[0]);
  // Node would serve HTTP/2 through its slow compatibility layer as soon as somebody listens to 'request'.
  server.removeAllListeners('newListener');
  return server;
}

function contextOf(tls: TlsOptions, { minVersion = 'TLSv1.2' }: Pick<ListenerOptions, 'minVersion'>) {
  const authority = tls.clientCertificateAuthority;
  // As Go: a client could make us shake hands for ever.
  const always = constants.SSL_OP_NO_RENEGOTIATION;
  return {
    cert: tls.certificate as Buffer,
    key: tls.key as Buffer,
    minVersion,
    // A session that is taken up again shows the client's certificate without those between it and an authority, and is trusted by
    // authorities that may have been replaced since.
    ...(authority === undefined
      ? { secureOptions: always }
      : { ca: authority as Buffer, secureOptions: always | constants.SSL_OP_NO_TICKET }),
  };
}

interface PlainConnections {
  track(message: IncomingMessage, response: ServerResponse): void;
  /** The connection goes over to another protocol. */
  leave(message: IncomingMessage): void;
  drain(): void;
}

/** Which HTTP/1.1 connections have something to answer: Node knows that of servers without HTTP/2 only. */
function createPlainConnections(unused: NewConnections): PlainConnections {
  const answering = new Map<Socket, ServerResponse | undefined>();
  let draining = false;
  return {
    track({ socket }, response) {
      if (!answering.has(socket)) {
        unused.used(socket);
        socket.once('close', () => answering.delete(socket));
      }
      answering.set(socket, response);
      if (draining) response.shouldKeepAlive = false;
      response.once('close', () => {
        if (answering.get(socket) !== response) return;
        answering.set(socket, undefined);
        if (draining) socket.end();
      });
    },
    leave({ socket }) {
      unused.used(socket);
      answering.delete(socket);
    },
    drain() {
      draining = true;
      for (const [socket, response] of answering) {
        if (response === undefined) socket.end();
        else response.shouldKeepAlive = false;
      }
    },
  };
}

function serve(
  server: Server | Http2SecureServer,
  { handler, log }: ListenerOptions,
  plainConnections: PlainConnections,
): void {
  const answer = (request: HttpRequest, response: HttpResponse, upgrade?: UpgradeSocket) => {
    const failed = (error: unknown) => {
      log.error('Request handler failed', { path: request.path, error: String((error as Error)?.stack ?? error) });
      if (!response.started)
        response.send(500, { 'content-type': 'text/plain' }, Buffer.from('Internal Server Error\n'));
    };
    try {
      handler(request, response, upgrade)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
  const plain = server as Server;
  plain.maxHeadersCount = 0; // Their bytes are bounded. Node would leave out the ones beyond its own bound.
  plain.on('request', (message: IncomingMessage, response: ServerResponse) => {
    response.on('error', () => undefined);
    // We have said that we answer no more here: whoever asks nevertheless must not think it was done.
    if (message.socket.writableEnded) return void message.socket.destroy();
    plainConnections.track(message, response);
    inTurn(message, response, () => answer(new Http1Request(message), new Http1Response(response, message)));
  });
  plain.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined);
    plainConnections.leave(message);
    answer(new Http1Request(message), upgradeResponse(message, socket), { socket, head });
  });
  plain.on('clientError', refuseUnreadable);
  (server as Http2SecureServer).on('stream', (incoming, headers, flags, rawHeaders) => {
    const stream = incoming as ServerHttp2Stream;
    stream.on('error', () => undefined);
    // A client that has gone already has no session any more.
    if (stream.destroyed || stream.session === undefined || stream.session.destroyed) return;
    const endOfStream = (flags & 1) !== 0; // END_STREAM (RFC 9113): no body follows.
    answer(
      new Http2Request(stream, headers, rawHeaders as unknown as readonly string[], endOfStream),
      new Http2Response(stream, endOfStream),
    );
  });
}

/** For a refused upgrade: an ordinary response over the raw socket, which closes afterwards. */
function upgradeResponse(message: IncomingMessage, socket: Duplex): HttpResponse {
  let response: ServerResponse | undefined;
  const made = () => {
    if (response !== undefined) return response;
    response = new nodeHttp.ServerResponse(message);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.once('finish', () => socket.end());
    return response;
  };
  let inner: HttpResponse | undefined;
  const get = () => {
    inner ??= new Http1Response(made(), message);
    return inner;
  };
  // Headers set by earlier stages wait here, so that a socket that is taken over never gets a response attached.
  const early: [string, string | readonly string[]][] = [];
  const flush = () => {
    for (const [name, value] of early.splice(0)) get().setHeader(name, value);
    return get();
  };
  return {
    setHeader: (name, value) => void early.push([name, value]),
    send: (status, headers, body) => flush().send(status, headers, body),
    stream: (status, headers) => flush().stream(status, headers),
    get started() {
      return inner?.started ?? false;
    },
    get status() {
      return inner?.status ?? 0;
    },
  };
}

function listen(server: Server | Http2SecureServer, where: { readonly host?: string; readonly port: number }) {
  return new Promise<{ host: string; port: number }>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const place = `${where.host ?? '*'}:${where.port}`;
      if (error.code === 'EADDRINUSE')
        reject(
          new ServerError('address-in-use', `${place} is in use by another process; stop it or choose another port`),
        );
      else reject(new ServerError('cannot-listen', `cannot listen on ${place}: ${error.message}`));
    };
    server.once('error', onError);
    server.listen({ port: where.port, host: where.host, backlog: 1024 }, () => {
      server.off('error', onError);
      const address = server.address() as AddressInfo;
      resolve({ host: address.address, port: address.port });
    });
  });
}

async function close(
  closed: Promise<void>,
  sockets: Set<Socket>,
  sessions: ReadonlySet<ServerHttp2Session>,
  graceMs: number,
): Promise<void> {
  if (graceMs > 0 && sockets.size > 0) {
    const grace = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([closed, grace]);
  }
  for (const session of sessions) session.destroy();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await closed;
}

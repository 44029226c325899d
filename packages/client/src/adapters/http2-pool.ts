import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { TransportRequest, TransportResponse } from '../contract.ts';
import { TransportError } from '../transport-error.ts';
import { guardedBody } from './guarded-body.ts';

/** Requests under way on one connection before another is opened; servers commonly allow 100 to 250. */
const STREAMS_PER_CONNECTION_MAX = 100;
/** So that one slow reader does not stop the others that share its connection. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 64 * 1024 * 1024;
/** Megabytes; node's default of 10 fails requests once a few lists are read at the same time. */
const SESSION_MEMORY_MAX_MB = 512;
const CONNECT_TIMEOUT_MS = 30_000;
/** As client-go: a silent connection is asked for a sign of life after 30 s and given up 15 s later. */
const PING_INTERVAL_MS = 30_000;
const PING_TIMEOUT_MS = 15_000;

export interface Http2Pool {
  /** Undefined when the server speaks only HTTP/1.1. */
  request(request: TransportRequest): Promise<TransportResponse | undefined>;
  close(): void;
}

interface Connection {
  readonly session: ClientHttp2Session;
  streams: number;
}

function openSocket(options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const name = options.servername ?? options.host ?? '';
    const socket = connectTls({
      ...options,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    const fail = (cause: Error) =>
      reject(new TransportError('ConnectionFailed', `${options.host}:${options.port}: ${cause.message}`, { cause }));
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new TransportError('ConnectionFailed', 'timed out')));
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      socket.setTimeout(0);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/** Ends a session whose peer has gone without saying so. */
function watchLiveness(session: ClientHttp2Session): void {
  const timer = setInterval(() => {
    if (session.destroyed) return; // 'close' comes a little later.
    const deadline = setTimeout(
      () => session.destroy(new TransportError('ConnectionLost', 'the server stopped answering')),
      PING_TIMEOUT_MS,
    );
    deadline.unref();
    const sent = session.ping(() => clearTimeout(deadline));
    if (!sent) clearTimeout(deadline);
  }, PING_INTERVAL_MS);
  timer.unref();
  session.once('close', () => clearInterval(timer));
}

function openSession(url: URL, socket: TLSSocket): ClientHttp2Session {
  const session = connectHttp2(url.origin, {
    createConnection: () => socket,
    maxSessionMemory: SESSION_MEMORY_MAX_MB,
    settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
  });
  session.on('error', () => {}); // Every stream reports it; the pool drops closed sessions.
  session.once('connect', () => {
    // A peer that goes right away may have destroyed the session before this event is out.
    if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
  });
  watchLiveness(session);
  return session;
}

function flatHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(':'))
      flat[name] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return flat;
}

function answerOf(stream: ClientHttp2Stream, request: TransportRequest): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    stream.once('response', (headers) =>
      resolve({
        status: Number(headers[':status']),
        headers: flatHeaders(headers),
        // Node ends the stream as if all had come when the connection is gone.
        body: guardedBody(stream, request, () => (stream.rstCode ?? 0) !== constants.NGHTTP2_NO_ERROR),
      }),
    );
    const fail = (cause?: Error) => {
      if (request.signal?.aborted) return reject(request.signal.reason);
      const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      const message = `${request.method} ${request.path}: ${cause?.message ?? 'the connection closed'}`;
      reject(new TransportError(refused ? 'ConnectionFailed' : 'ConnectionLost', message, { cause }));
    };
    stream.on('error', fail);
    stream.once('close', () => fail());
  });
}

/** HTTP/2 connections to one server, opened on demand; a closed one is replaced by the next request. */
export function createHttp2Pool(url: URL, tls: ConnectionOptions): Http2Pool {
  const connections = new Set<Connection>();
  let opening: Promise<Connection | undefined> | undefined;
  let closed = false;

  const usable = () => {
    for (const connection of connections) {
      const { session, streams } = connection;
      const allowed = Math.min(
        STREAMS_PER_CONNECTION_MAX,
        session.remoteSettings?.maxConcurrentStreams ?? STREAMS_PER_CONNECTION_MAX,
      );
      if (!session.closed && !session.destroyed && streams < allowed) return connection;
    }
    return undefined;
  };

  async function open(): Promise<Connection | undefined> {
    const socket = await openSocket(tls);
    if (closed) {
      socket.destroy();
      throw new TransportError('ConnectionLost', `${url.origin}: the transport was closed`);
    }
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      return undefined;
    }
    const connection: Connection = { session: openSession(url, socket), streams: 0 };
    connections.add(connection);
    connection.session.once('close', () => connections.delete(connection));
    return connection;
  }

  async function connection(): Promise<Connection | undefined> {
    for (;;) {
      const ready = usable();
      if (ready !== undefined) return ready;
      opening ??= open().finally(() => {
        opening = undefined;
      });
      if ((await opening) === undefined) return undefined;
    }
  }

  return {
    async request(request) {
      const chosen = await connection();
      if (chosen === undefined) return undefined;
      request.signal?.throwIfAborted();
      const headers = { ...request.headers, ':method': request.method, ':path': request.path };
      const stream = chosen.session.request(headers, {
        endStream: request.body === undefined,
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      chosen.streams += 1;
      stream.once('close', () => {
        chosen.streams -= 1;
      });
      if (request.body !== undefined) stream.end(request.body);
      return answerOf(stream, request);
    },
    close() {
      closed = true;
      for (const { session } of connections) session.destroy();
    },
  };
}

/**
 * Requests and responses as every serving component sees them: the same for HTTP/1.1, HTTP/2 and calls inside the process.
 */
import type { Duplex } from 'node:stream';

/** Who is on the other side of the connection. One value per connection, so caches may hang on it. */
export interface Peer {
  readonly remoteAddress: string;
  /** `https`, `http`, or `process` for calls inside the process. */
  readonly scheme: 'https' | 'http' | 'process';
  /** The client certificate in DER, when one was sent; `verified` says that it chains to the client CA. */
  readonly certificate?: PeerCertificate;
}
export interface PeerCertificate {
  readonly verified: boolean;
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** SHA-256, hexadecimal without colons. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  /** The certificates that were sent, in DER, the client's own first; for whoever checks them against other authorities. */
  readonly chain?: () => readonly Uint8Array[];
}

export interface HttpRequest {
  readonly method: string;
  /** Path without the query, still percent-encoded. */
  readonly path: string;
  /** The query without its question mark; empty when there is none. */
  readonly query: string;
  /** By lower-case name; repeated headers are joined with `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Every value of a header that may be repeated. `name` in lower case. */
  headerValues(name: string): readonly string[];
  readonly peer: Peer;
  /** Aborted when the client goes away or the server closes. Made on first use. */
  readonly signal: AbortSignal;
  /** The whole body. Rejects with ApiError RequestEntityTooLarge beyond the limit (bytes), Timeout when it comes too slowly. */
  body(limit?: number): Promise<Uint8Array>;
  /** The body as it arrives, unlimited, for proxies. Use this or `body`, not both. */
  bodyStream(): AsyncIterable<Uint8Array>;
}

export type ResponseHeaders = Readonly<Record<string, string | number | readonly string[]>>;

/** A response that goes on: watches, logs, large lists. */
export interface ResponseStream {
  /**
   * Takes the chunk, sent or queued. False: stop until `drained`. The chunk must not change until `done` is called, if that is
   * given (when the client goes away, it may never be), and never otherwise.
   */
  write(chunk: Uint8Array, done?: () => void): boolean;
  /** Bytes taken and not yet handed to the system. */
  readonly unsentBytes: number;
  /**
   * Resolves when writing may go on, or when the stream has closed. With `waitMsMax`, a client that has not read by then what it
   * was sent is cut off.
   */
  drained(waitMsMax?: number): Promise<void>;
  /** True once the client has gone away or the stream has ended. */
  readonly closed: boolean;
  /** Calls back once, when `closed` becomes true. */
  onClose(callback: () => void): void;
  end(): void;
  /** Cuts the connection or resets the stream, so that the client notices. */
  destroy(): void;
}

export interface HttpResponse {
  /** Added to what `send` or `stream` sends, for example by a stage that comes before. */
  setHeader(name: string, value: string | readonly string[]): void;
  /** The whole response at once. `content-length` is filled in. */
  send(status: number, headers: ResponseHeaders, body?: Uint8Array): void;
  stream(status: number, headers: ResponseHeaders): ResponseStream;
  /** True once `send` or `stream` was called. */
  readonly started: boolean;
  /** The status sent, 0 before. */
  readonly status: number;
}

/** A connection that asked for another protocol (SPDY/3.1, websocket). HTTP/1.1 only. */
export interface UpgradeSocket {
  readonly socket: Duplex;
  /** What the client sent after its headers; comes before what the socket reads. */
  readonly head: Uint8Array;
}

/**
 * Answers one request. With `upgrade`, the handler either takes over the socket (and writes its own `101`), or uses the
 * response as usual, after which the connection is closed. A rejection becomes status 500.
 */
export type HttpHandler = (
  request: HttpRequest,
  response: HttpResponse,
  upgrade?: UpgradeSocket,
) => void | Promise<void>;

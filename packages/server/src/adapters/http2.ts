import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { HttpRequest, HttpResponse, Peer, ResponseHeaders, ResponseStream } from '../http-contract.ts';
import { REQUEST_BODY_BYTES_MAX, UNREAD_REQUEST_LINGER_MS } from '../limits.ts';
import { peerOf } from './peer.ts';
import { readBody } from './read-body.ts';
import { cutUnread, responseStreamOver } from './writable-stream.ts';

/** An HTTP/2 request in neutral form, straight from the stream: Node's compatibility layer costs a fifth. */
export class Http2Request implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly peer: Peer;
  readonly #stream: ServerHttp2Stream;
  readonly #rawHeaders: readonly string[];
  readonly #endOfStream: boolean;
  #controller: AbortController | undefined;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    endOfStream: boolean,
  ) {
    const url = headers[':path'] ?? '/';
    const question = url.indexOf('?');
    this.method = headers[':method'] ?? 'GET';
    this.path = question === -1 ? url : url.slice(0, question);
    this.query = question === -1 ? '' : url.slice(question + 1);
    this.headers = headers as Record<string, string | undefined>;
    this.peer = peerOf(stream.session!.socket);
    this.#stream = stream;
    this.#rawHeaders = rawHeaders;
    this.#endOfStream = endOfStream;
  }

  headerValues(name: string): readonly string[] {
    const values: string[] = [];
    for (let index = 0; index < this.#rawHeaders.length; index += 2)
      if (this.#rawHeaders[index] === name) values.push(this.#rawHeaders[index + 1]!);
    return values;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      const abort = () => controller.abort();
      if (this.#stream.destroyed) abort();
      else this.#stream.once('close', abort);
    }
    return this.#controller.signal;
  }

  body(limit = REQUEST_BODY_BYTES_MAX): Promise<Uint8Array> {
    if (this.#endOfStream) return Promise.resolve(new Uint8Array(0));
    return readBody(this.#stream, this.headers['content-length'], limit);
  }

  bodyStream(): AsyncIterable<Uint8Array> {
    return this.#stream;
  }
}

export class Http2Response implements HttpResponse {
  status = 0;
  readonly #stream: ServerHttp2Stream;
  readonly #endOfStream: boolean;
  #early: Record<string, string | readonly string[]> | undefined;

  constructor(stream: ServerHttp2Stream, endOfStream: boolean) {
    this.#stream = stream;
    this.#endOfStream = endOfStream;
  }

  get started(): boolean {
    return this.status !== 0;
  }

  setHeader(name: string, value: string | readonly string[]): void {
    this.#early ??= {};
    this.#early[name] = value;
  }

  send(code: number, headers: ResponseHeaders, body?: Uint8Array): void {
    const empty = body === undefined || body.length === 0;
    const length = code === 204 || code === 304 ? undefined : (body?.length ?? 0);
    if (this.#respond(code, headers, length, empty) && !empty) {
      this.#stream.end(body);
      cutUnread(this.#stream, length ?? 0, () => this.#stream.close(constants.NGHTTP2_CANCEL));
    }
    if (!this.#endOfStream && !this.#stream.readableEnded) stopAfter(this.#stream);
  }

  stream(code: number, headers: ResponseHeaders): ResponseStream {
    this.#respond(code, headers, undefined, false);
    return responseStreamOver(this.#stream, () => this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  }

  /** False when the client has gone away already. */
  #respond(code: number, headers: ResponseHeaders, length: number | undefined, endStream: boolean): boolean {
    this.status = code;
    if (this.#stream.destroyed || this.#stream.closed) return false;
    const all: Record<string, unknown> = { ':status': code, ...this.#early, ...headers };
    if (length !== undefined) all['content-length'] = length;
    this.#stream.respond(all as never, { endStream });
    return true;
  }
}

/** Tells whoever still sends a body to stop (RFC 9113 section 8.1); a moment later, since some clients then drop the answer. */
function stopAfter(stream: ServerHttp2Stream): void {
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), UNREAD_REQUEST_LINGER_MS);
  stream.once('close', () => clearTimeout(timer));
}

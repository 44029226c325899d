import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { HttpRequest, HttpResponse, Peer, ResponseHeaders, ResponseStream } from '../http-contract.ts';
import { REQUEST_BODY_BYTES_MAX } from '../limits.ts';
import { peerOf } from './peer.ts';
import { readBody } from './read-body.ts';
import { closeAfter, longBodyIsComing } from './unread-request.ts';
import { cutUnread, type ResponseBody, responseStreamOver } from './writable-stream.ts';

/** An HTTP/1.1 request in neutral form. A class, because one is made per request: methods cost nothing then. */
export class Http1Request implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly peer: Peer;
  readonly #message: IncomingMessage;
  #controller: AbortController | undefined;

  constructor(message: IncomingMessage) {
    const url = message.url ?? '/';
    const question = url.indexOf('?');
    this.method = message.method ?? 'GET';
    this.path = question === -1 ? url : url.slice(0, question);
    this.query = question === -1 ? '' : url.slice(question + 1);
    this.headers = message.headers as Record<string, string | undefined>;
    this.peer = peerOf(message.socket);
    this.#message = message;
  }

  headerValues(name: string): readonly string[] {
    const { rawHeaders } = this.#message;
    const values: string[] = [];
    for (let index = 0; index < rawHeaders.length; index += 2)
      if (rawHeaders[index]!.toLowerCase() === name) values.push(rawHeaders[index + 1]!);
    return values;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      const abort = () => controller.abort();
      if (this.#message.socket.destroyed) abort();
      else this.#message.socket.once('close', abort);
    }
    return this.#controller.signal;
  }

  body(limit = REQUEST_BODY_BYTES_MAX): Promise<Uint8Array> {
    const length = this.#message.headers['content-length'];
    if (length === undefined && this.#message.headers['transfer-encoding'] === undefined)
      return Promise.resolve(new Uint8Array(0));
    return readBody(this.#message, length, limit);
  }

  bodyStream(): AsyncIterable<Uint8Array> {
    return this.#message;
  }
}

export class Http1Response implements HttpResponse {
  status = 0;
  readonly #response: ServerResponse;
  readonly #message: IncomingMessage;
  #early: OutgoingHttpHeaders | undefined;

  constructor(response: ServerResponse, message: IncomingMessage) {
    this.#response = response;
    this.#message = message;
  }

  get started(): boolean {
    return this.status !== 0;
  }

  setHeader(name: string, value: string | readonly string[]): void {
    this.#early ??= {};
    this.#early[name] = value as string | string[];
  }

  send(code: number, headers: ResponseHeaders, body?: Uint8Array): void {
    this.status = code;
    const all = { ...this.#early, ...headers } as OutgoingHttpHeaders;
    if (body !== undefined) all['content-length'] = body.length;
    else if (code !== 204 && code !== 304) all['content-length'] = 0;
    if (longBodyIsComing(this.#message)) closeAfter(this.#response, this.#message);
    // All at once: one by one, Node files each before it writes any.
    this.#response.writeHead(code, all);
    this.#response.end(body);
    if (body !== undefined) cutUnread(this.#response, body.length, () => this.#response.destroy());
  }

  stream(code: number, headers: ResponseHeaders): ResponseStream {
    const response = this.#response;
    this.status = code;
    response.writeHead(code, { ...this.#early, ...headers } as OutgoingHttpHeaders);
    response.flushHeaders();
    return responseStreamOver(response, () => response.destroy(), chunkedBody(response));
  }
}

/**
 * Chunks straight to the socket. A response would cork it, write each chunk as three buffers and copy them together, for every
 * watcher anew; a chunk that many watchers share is framed once here. Undefined where the response has to queue: behind another
 * one on the same connection, or without chunked encoding.
 */
function chunkedBody(response: ServerResponse): ResponseBody | undefined {
  const { socket } = response;
  if (
    socket === null ||
    !response.chunkedEncoding ||
    !response.headersSent ||
    response.writableLength > socket.writableLength
  )
    return undefined;
  return { target: socket, frame: chunkFrame };
}

/** The chunk framed last: the next watcher usually gets the same. */
let lastChunk: Uint8Array | undefined;
let lastFrame: Buffer | undefined;

/** A chunk as RFC 9112 section 7.1 writes it. An empty one would end the body, so it becomes nothing. */
function chunkFrame(chunk: Uint8Array): Uint8Array {
  if (chunk.length === 0) return chunk;
  if (chunk === lastChunk && lastFrame !== undefined) return lastFrame;
  const size = `${chunk.length.toString(16)}\r\n`;
  const frame = Buffer.allocUnsafe(size.length + chunk.length + 2);
  frame.write(size, 0, 'latin1');
  frame.set(chunk, size.length);
  frame.write('\r\n', size.length + chunk.length, 'latin1');
  lastChunk = chunk;
  lastFrame = frame;
  return frame;
}

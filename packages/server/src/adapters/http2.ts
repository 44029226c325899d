import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { HttpRequest, HttpResponse, ResponseHeaders } from '../http-contract.ts';
import { REQUEST_BODY_BYTES_MAX } from '../limits.ts';
import { peerOf } from './peer.ts';
import { readBody } from './read-body.ts';
import { responseStreamOver } from './writable-stream.ts';

/** An HTTP/2 request in neutral form, straight from the stream: Node's compatibility layer costs a fifth. */
export function http2Request(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  endOfStream: boolean,
): HttpRequest {
  const url = headers[':path'] ?? '/';
  const question = url.indexOf('?');
  let controller: AbortController | undefined;
  return {
    method: headers[':method'] ?? 'GET',
    path: question === -1 ? url : url.slice(0, question),
    query: question === -1 ? '' : url.slice(question + 1),
    headers: headers as Record<string, string | undefined>,
    headerValues(name) {
      const values: string[] = [];
      for (let index = 0; index < rawHeaders.length; index += 2)
        if (rawHeaders[index] === name) values.push(rawHeaders[index + 1]!);
      return values;
    },
    peer: peerOf(stream.session!.socket),
    get signal() {
      if (controller === undefined) {
        controller = new AbortController();
        const abort = () => controller!.abort();
        if (stream.destroyed) abort();
        else stream.once('close', abort);
      }
      return controller.signal;
    },
    body: (limit = REQUEST_BODY_BYTES_MAX) =>
      endOfStream ? Promise.resolve(new Uint8Array(0)) : readBody(stream, headers['content-length'], limit),
    bodyStream: () => stream,
  };
}

export function http2Response(stream: ServerHttp2Stream): HttpResponse {
  let status = 0;
  let early: Record<string, string | readonly string[]> | undefined;
  const respond = (code: number, headers: ResponseHeaders, length: number | undefined, endStream: boolean) => {
    status = code;
    if (stream.destroyed || stream.closed) return false;
    const all: Record<string, unknown> = { ':status': code, ...early, ...headers };
    if (length !== undefined) all['content-length'] = length;
    stream.respond(all as never, { endStream });
    return true;
  };
  return {
    setHeader(name, value) {
      early ??= {};
      early[name] = value;
    },
    send(code, headers, body) {
      const empty = body === undefined || body.length === 0;
      const length = code === 204 || code === 304 ? undefined : (body?.length ?? 0);
      if (respond(code, headers, length, empty) && !empty) stream.end(body);
    },
    stream(code, headers) {
      respond(code, headers, undefined, false);
      return responseStreamOver(stream, () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    },
    get started() {
      return status !== 0;
    },
    get status() {
      return status;
    },
  };
}

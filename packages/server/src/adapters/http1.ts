import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpRequest, HttpResponse, ResponseHeaders } from '../http-contract.ts';
import { REQUEST_BODY_BYTES_MAX } from '../limits.ts';
import { peerOf } from './peer.ts';
import { readBody } from './read-body.ts';
import { responseStreamOver } from './writable-stream.ts';

/** An HTTP/1.1 request in neutral form. `closeWith` is what ends when the client goes away. */
export function http1Request(message: IncomingMessage): HttpRequest {
  const url = message.url ?? '/';
  const question = url.indexOf('?');
  let controller: AbortController | undefined;
  return {
    method: message.method ?? 'GET',
    path: question === -1 ? url : url.slice(0, question),
    query: question === -1 ? '' : url.slice(question + 1),
    headers: message.headers as Record<string, string | undefined>,
    headerValues(name) {
      const values: string[] = [];
      for (let index = 0; index < message.rawHeaders.length; index += 2)
        if (message.rawHeaders[index]!.toLowerCase() === name) values.push(message.rawHeaders[index + 1]!);
      return values;
    },
    peer: peerOf(message.socket),
    get signal() {
      if (controller === undefined) {
        controller = new AbortController();
        const abort = () => controller!.abort();
        if (message.socket.destroyed) abort();
        else message.socket.once('close', abort);
      }
      return controller.signal;
    },
    body: (limit = REQUEST_BODY_BYTES_MAX) =>
      hasBody(message)
        ? readBody(message, message.headers['content-length'], limit)
        : Promise.resolve(new Uint8Array(0)),
    bodyStream: () => message,
  };
}

function hasBody(message: IncomingMessage): boolean {
  return message.headers['content-length'] !== undefined || message.headers['transfer-encoding'] !== undefined;
}

export function http1Response(response: ServerResponse): HttpResponse {
  let status = 0;
  return {
    setHeader: (name, value) => void response.setHeader(name, value),
    send(code, headers, body) {
      status = code;
      for (const name in headers) response.setHeader(name, headers[name]!);
      if (body !== undefined) response.setHeader('content-length', body.length);
      else if (code !== 204 && code !== 304) response.setHeader('content-length', 0);
      response.writeHead(code);
      response.end(body);
    },
    stream(code, headers: ResponseHeaders) {
      status = code;
      for (const name in headers) response.setHeader(name, headers[name]!);
      response.writeHead(code);
      response.flushHeaders();
      return responseStreamOver(response, () => response.destroy());
    },
    get started() {
      return status !== 0;
    },
    get status() {
      return status;
    },
  };
}

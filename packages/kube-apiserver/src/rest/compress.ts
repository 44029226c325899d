/** Bodies that go out a part at a time, compressed where the client can read that and it is worth it. */
import { createGzip } from 'node:zlib';
import { type ResponseHeaders, type ResponseStream, UNREAD_RESPONSE_MS_MAX } from '@steersman/server';
import { type Exchange, NO_CACHE, sendWarnings } from '../pipeline/exchange.ts';

/** Smaller bodies are sent as they are: upstream's limit. */
export const COMPRESSED_BYTES_MIN = 128 * 1024;
/** The fastest: upstream's choice as well. */
const LEVEL = 1;
/** What the compressor hands on at a time. */
const PART_BYTES = 64 * 1024;

/** True when Accept-Encoding names gzip, with whatever weight: upstream does not read weights. */
export function acceptsGzip({ request }: Exchange): boolean {
  const accepted = request.headers['accept-encoding'];
  if (accepted === undefined) return false;
  return accepted.split(',').some((coding) => coding.split(';', 1)[0]!.trim() === 'gzip');
}

/** Begins a body of that many bytes. */
export function openBody(
  exchange: Exchange,
  type: string,
  length: number | undefined,
  status: number = 200,
): ResponseStream {
  sendWarnings(exchange);
  const headers: ResponseHeaders = { 'content-type': type, ...NO_CACHE };
  if ((length === undefined || length > COMPRESSED_BYTES_MIN) && acceptsGzip(exchange)) {
    const coded = { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' };
    return gzipped(exchange.response.stream(status, coded));
  }
  return exchange.response.stream(status, length === undefined ? headers : { ...headers, 'content-length': length });
}

/** Sends a body that is complete. */
export function sendBody(exchange: Exchange, type: string, body: Uint8Array, status: number = 200): void {
  if (body.length > COMPRESSED_BYTES_MIN && acceptsGzip(exchange) && exchange.request.method !== 'HEAD') {
    const stream = openBody(exchange, type, body.length, status);
    stream.write(body);
    stream.end();
    return;
  }
  sendWarnings(exchange);
  const sent = exchange.request.method === 'HEAD' ? undefined : body;
  exchange.response.send(status, { 'content-type': type, ...NO_CACHE }, sent);
}

/** Compresses in the thread pool; waits for the client as the stream itself does, and has it cut when it reads nothing for too long. */
function gzipped(stream: ResponseStream): ResponseStream {
  const gzip = createGzip({ level: LEVEL, chunkSize: PART_BYTES });
  gzip.on('data', (part: Buffer) => {
    if (stream.write(part)) return;
    gzip.pause();
    void stream.drained(UNREAD_RESPONSE_MS_MAX).then(() => gzip.resume());
  });
  gzip.once('end', () => stream.end());
  gzip.on('error', () => stream.destroy());
  stream.onClose(() => gzip.destroy());
  return {
    write: (chunk, done) => !stream.closed && gzip.write(chunk, () => done?.()),
    get unsentBytes() {
      return stream.unsentBytes + gzip.writableLength;
    },
    drained() {
      if (stream.closed || !gzip.writableNeedDrain) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          gzip.off('drain', done).off('close', done);
          resolve();
        };
        gzip.on('drain', done).on('close', done);
      });
    },
    get closed() {
      return stream.closed;
    },
    onClose: (callback) => stream.onClose(callback),
    end: () => void gzip.end(),
    destroy: () => stream.destroy(),
  };
}

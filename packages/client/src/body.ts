import { TransportError } from './transport-error.ts';

/** The longest answer that is read into memory: below V8's limit for one string. */
export const RESPONSE_BYTES_MAX = 400 * 1024 * 1024;
/** The longest watch event: several times the largest object that a store accepts (1.5 MiB). */
export const WATCH_LINE_BYTES_MAX = 32 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Reads a body to its end. Throws `TransportError` when it is longer than `RESPONSE_BYTES_MAX`. */
export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.byteLength;
    if (length > RESPONSE_BYTES_MAX)
      throw new TransportError('ResponseTooLarge', 'the answer is too large; list with a limit');
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}

/**
 * Splits a body into lines, however it was cut into chunks. Lines of one chunk come together, so that a reader can
 * handle a burst without a turn of the event loop per line.
 */
export async function* lineBatches(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  let pending: Uint8Array[] = [];
  let pendingLength = 0;
  for await (const chunk of body) {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last === -1) {
      pending.push(chunk);
      pendingLength += chunk.byteLength;
      if (pendingLength > WATCH_LINE_BYTES_MAX)
        throw new TransportError('ResponseTooLarge', 'a watch event is too large');
      continue;
    }
    const complete = Buffer.concat([...pending, chunk.subarray(0, last)]).toString('utf8');
    const rest = chunk.subarray(last + 1);
    pending = rest.byteLength === 0 ? [] : [rest];
    pendingLength = rest.byteLength;
    yield complete.split('\n').filter((line) => line !== '');
  }
  if (pendingLength === 0) return;
  const tail = Buffer.concat(pending).toString('utf8').trim();
  if (tail !== '') yield [tail];
}

import { type RequestOptions, request } from 'node:https';
import { errors } from '@steersman/api';

/** Longer documents are not read: key sets have a few kilobytes. */
const BODY_BYTES_MAX = 1024 * 1024;
const TIMEOUT_MS_MAX = 10_000;

/** A JSON document over HTTPS. `ca` (PEM) is trusted instead of the system's authorities. Rejects with ApiError. */
export function fetchJson(url: string, signal: AbortSignal, ca?: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const options: RequestOptions = { signal, timeout: TIMEOUT_MS_MAX, ...(ca === undefined ? {} : { ca }) };
  const failed = (why: string) => reject(errors.internal(`${url}: ${why}`));
  const sent = request(url, options, (response) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > BODY_BYTES_MAX) sent.destroy();
      else chunks.push(chunk);
    });
    response.on('error', (error) => failed(error.message));
    response.on('close', () => failed('the answer was cut off'));
    response.on('end', () => {
      if (response.statusCode !== 200) return failed(`answered ${response.statusCode}`);
      try {
        resolve(JSON.parse(Buffer.concat(chunks).toString()));
      } catch {
        failed('answered something that is not JSON');
      }
    });
  });
  sent.on('timeout', () => sent.destroy());
  sent.on('error', (error) => failed(error.message));
  sent.end();
  return promise;
}

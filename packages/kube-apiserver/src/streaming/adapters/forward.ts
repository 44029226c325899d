import type http from 'node:http';
import https from 'node:https';
import { nodeHttp } from '@steersman/machinery';
import type { DialTls } from '@steersman/streams';

export interface ForwardOptions {
  readonly url: string;
  readonly method: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly tls: DialTls;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal;
}

/** Sends a request with its body as it arrives; resolves with the answer's head. Rejects when there is no answer. */
export function forward(options: ForwardOptions): Promise<http.IncomingMessage> {
  const { url, method, headers, tls, signal } = options;
  return new Promise((resolve, reject) => {
    const secure = url.startsWith('https:');
    const request = (secure ? https : nodeHttp).request(url, {
      method,
      headers,
      signal,
      agent: false,
      // Programs in pods write bare newlines and worse; upstream's proxy takes them.
      insecureHTTPParser: true,
      ...(secure && { ca: tls.ca, cert: tls.certificate, key: tls.key, rejectUnauthorized: tls.insecure !== true }),
    });
    request.on('response', resolve);
    request.on('error', reject);
    send(request, options.body).catch(reject);
  });
}

async function send(request: http.ClientRequest, body: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  for await (const chunk of body ?? []) {
    if (request.destroyed) return;
    if (!request.write(chunk)) {
      await new Promise<void>((resolve) => {
        request.once('drain', resolve);
        request.once('close', () => resolve());
      });
    }
  }
  request.end();
}

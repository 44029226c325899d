import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';

/** The name that every API server's certificate carries: peers are dialled by address. */
const SERVER_NAME = 'kubernetes.default.svc';

export interface PeerCredentials {
  /** PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}
export interface PeerCall {
  /** host:port. */
  readonly address: string;
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal;
}
/** Sends the request with its body as it arrives; resolves with the head of the answer. Rejects when there is none. */
export type CallPeer = (call: PeerCall) => Promise<IncomingMessage>;

/** Connections to other API servers, kept for reuse. */
export function peerConnections({ authority, certificate, key }: PeerCredentials): CallPeer {
  const agent = new Agent({ keepAlive: true, ca: authority, cert: certificate, key, servername: SERVER_NAME });
  return ({ address, body, ...call }) =>
    new Promise((resolve, reject) => {
      const request = httpsRequest(`https://${address}${call.path}`, { ...call, path: call.path, agent });
      request.on('response', resolve);
      request.on('error', reject);
      send(request, body).catch(reject);
    });
}

async function send(
  request: ReturnType<typeof httpsRequest>,
  body: AsyncIterable<Uint8Array> | undefined,
): Promise<void> {
  for await (const chunk of body ?? []) {
    if (request.destroyed) return;
    if (request.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      request.once('drain', resolve);
      request.once('close', () => resolve());
    });
  }
  request.end();
}

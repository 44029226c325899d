import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { UpgradeSocket } from '@steersman/server';
import { tunnelUpgrade } from '@steersman/streams';

/** The name that every API server's certificate carries: peers are dialled by address. */
const SERVER_NAME = 'kubernetes.default.svc';

export interface PeerCredentials {
  /** PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}
export interface PeerRequest {
  /** host:port. */
  readonly address: string;
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
}
export interface PeerCall extends PeerRequest {
  readonly body: AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal;
}
/** Sends the request with its body as it arrives; resolves with the head of the answer. Rejects when there is none. */
export type CallPeer = (call: PeerCall) => Promise<IncomingMessage>;

export interface PeerConnections {
  readonly call: CallPeer;
  /**
   * Passes on a request that asks for another protocol, and then the bytes of both sides; resolves when both have ended. Rejects
   * when the peer cannot be reached; nothing was written to the client then.
   */
  readonly tunnel: (request: PeerRequest, client: UpgradeSocket) => Promise<void>;
}

/** Connections to other API servers; those of plain requests are kept for reuse. */
export function peerConnections({ authority, certificate, key }: PeerCredentials): PeerConnections {
  const agent = new Agent({ keepAlive: true, ca: authority, cert: certificate, key, servername: SERVER_NAME });
  const tls = { ca: authority, certificate, key, serverName: SERVER_NAME };
  return {
    call: ({ address, body, ...call }) =>
      new Promise((resolve, reject) => {
        const request = httpsRequest(`https://${address}${call.path}`, { ...call, path: call.path, agent });
        request.on('response', resolve);
        request.on('error', reject);
        send(request, body).catch(reject);
      }),
    tunnel: ({ address, path, method, headers }, { socket: client, head: clientHead }) =>
      tunnelUpgrade({ url: `https://${address}${path}`, method, headers, tls, client, clientHead }),
  };
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

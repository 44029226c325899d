import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { createSecureContext, type TLSSocket } from 'node:tls';
import type { UpgradeSocket } from '@steersman/server';
import { connectWithin, tunnelUpgrade } from '@steersman/streams';

/** The name that every API server's certificate carries: peers are dialled by address. */
const SERVER_NAME = 'kubernetes.default.svc';
/** Until a connection is there, its TLS included: a peer in the same cluster that takes longer is not there. */
const CONNECT_MS_MAX = 10_000;

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
/**
 * Sends the request with its body as it arrives; resolves with the head of the answer. Rejects when there is none; if `isUnsent` says so of
 * the error, nothing of the body was taken and another peer may be asked.
 */
export type CallPeer = (call: PeerCall) => Promise<IncomingMessage>;

export interface PeerConnections {
  readonly call: CallPeer;
  /**
   * Passes on a request that asks for another protocol, and then the bytes of both sides; resolves when both have ended. Rejects
   * when the peer cannot be reached; nothing was written to the client then.
   */
  readonly tunnel: (request: PeerRequest, client: UpgradeSocket) => Promise<void>;
}

const unsent = new WeakSet<object>();

/** Whether a request failed before anything of it was sent. */
export function isUnsent(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return unsent.has(error) || (error as NodeJS.ErrnoException).syscall === 'connect';
}

/** Connections to other API servers; those that were read from are kept for reuse. New ones show the newest credentials that can be used. */
export function peerConnections(credentials: () => PeerCredentials, connectMsMax = CONNECT_MS_MAX): PeerConnections {
  const current = newestAgents(credentials);
  return {
    async call(call) {
      const { kept, fresh } = current();
      // A peer may be closing what is idle just now. Reads are then asked again; of a write nobody could say whether it was done.
      if (call.method !== 'GET' && call.method !== 'HEAD') return send(call, fresh, connectMsMax);
      return send(call, kept, connectMsMax).catch((error: unknown) => {
        if (!(error instanceof Stale) || call.signal.aborted) throw error;
        return send(call, fresh, connectMsMax);
      });
    },
    tunnel: ({ address, path, method, headers }, { socket: client, head: clientHead }) => {
      const { authority, certificate, key } = current().credentials;
      const tls = { ca: authority, certificate, key, serverName: SERVER_NAME };
      const url = `https://${address}${path}`;
      return tunnelUpgrade({ url, method, headers, tls, client, clientHead, connectMsMax });
    },
  };
}

interface Agents {
  readonly credentials: PeerCredentials;
  readonly kept: Agent;
  readonly fresh: Agent;
}

/** Made anew when the credentials have changed, and fit together: files are not replaced all at once. */
function newestAgents(credentials: () => PeerCredentials): () => Agents {
  let asked = credentials();
  let agents = agentsOf(asked);
  return () => {
    const now = credentials();
    const { authority, certificate, key } = now;
    if (authority === asked.authority && certificate === asked.certificate && key === asked.key) return agents;
    asked = now;
    try {
      createSecureContext({ ca: authority, cert: certificate, key });
      agents = agentsOf(now);
    } catch {
      // The next change may mend it.
    }
    return agents;
  };
}

function agentsOf(credentials: PeerCredentials): Agents {
  const { authority, certificate, key } = credentials;
  // No TLS session is resumed: a resumed one does not tell the peer which authorities between vouch for the certificate.
  const options = { ca: authority, cert: certificate, key, servername: SERVER_NAME, maxCachedSessions: 0 };
  return { credentials, kept: new Agent({ ...options, keepAlive: true }), fresh: new Agent(options) };
}

/** A connection that was kept turned out to be closed. */
class Stale extends Error {
  override readonly name = 'Stale';
}

function send({ address, body, ...call }: PeerCall, agent: Agent, connectMsMax: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(`https://${address}${call.path}`, { ...call, agent });
    let connected = false;
    const begin = () => {
      connected = true;
      sendBody(request, body).catch(reject);
    };
    request.on('socket', (socket) => {
      if (request.reusedSocket) return begin();
      connectWithin(request, socket as TLSSocket, connectMsMax);
      socket.once('secureConnect', begin);
    });
    request.on('response', resolve);
    request.on('error', (error) => {
      if (!connected) unsent.add(error);
      reject(request.reusedSocket ? new Stale(error.message, { cause: error }) : error);
    });
  });
}

async function sendBody(
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

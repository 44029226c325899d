/** Upgrade requests to another HTTP server, and tunnels to it. */
import type http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { nodeHttp } from '@steersman/machinery';
import { StreamsError } from '../errors.ts';
import { splice } from '../splice.ts';

/** What TLS to the other server needs, PEM. */
export interface DialTls {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** True skips the check of the server's certificate. */
  readonly insecure?: boolean;
  readonly serverName?: string;
}

export interface DialOptions {
  readonly url: string;
  readonly method: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly tls?: DialTls;
  readonly signal?: AbortSignal;
  /** For the connection, its TLS included; unlimited when absent. */
  readonly connectMsMax?: number;
}

export type DialResult =
  | {
      readonly kind: 'upgraded';
      readonly response: http.IncomingMessage;
      readonly socket: Duplex;
      readonly head: Buffer;
    }
  | { readonly kind: 'answered'; readonly response: http.IncomingMessage };

/** Sends the request on a connection of its own and waits for 101 or any other answer. Rejects when there is no answer. */
export function dial(options: DialOptions): Promise<DialResult> {
  return new Promise((resolve, reject) => {
    const secure = options.url.startsWith('https:');
    const request = (secure ? https : nodeHttp).request(options.url, {
      method: options.method,
      headers: options.headers,
      agent: false,
      ...(options.signal && { signal: options.signal }),
      ...(secure && tlsOptions(options.tls ?? {})),
    });
    request.on('upgrade', (response, socket, head) => {
      tune(socket);
      resolve({ kind: 'upgraded', response, socket, head });
    });
    request.on('response', (response) => resolve({ kind: 'answered', response }));
    request.on('error', reject);
    const { connectMsMax } = options;
    if (connectMsMax !== undefined)
      request.on('socket', (socket: Socket | TLSSocket) => connectWithin(request, socket, connectMsMax));
    request.end();
  });
}

/** Fails the request when its new connection is not there in time, in the words of upstream's network library. */
export function connectWithin(request: http.ClientRequest, socket: Socket | TLSSocket, msMax: number): void {
  const timer = setTimeout(() => {
    const { hostname, port } = new URL(`${request.protocol}//${request.getHeader('host') ?? request.host}`);
    const address = hostname.replace(/^\[|\]$/g, '');
    const timedOut = { code: 'ETIMEDOUT', syscall: 'connect', address, port };
    request.destroy(
      socket.connecting
        ? Object.assign(new Error(`connect ETIMEDOUT ${address}:${port}`), timedOut)
        : Object.assign(new Error('net/http: TLS handshake timeout'), { syscall: 'connect' }),
    );
  }, msMax);
  const done = () => clearTimeout(timer);
  socket.once('encrypted' in socket ? 'secureConnect' : 'connect', done);
  socket.once('close', done);
}

function tlsOptions(tls: DialTls): https.RequestOptions & { readonly ALPNProtocols: string[] } {
  return {
    ALPNProtocols: ['http/1.1'],
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.certificate !== undefined && { cert: tls.certificate }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(tls.insecure === true && { rejectUnauthorized: false }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
  };
}

function tune(socket: Duplex): void {
  const tcp = socket as Partial<Socket>;
  tcp.setNoDelay?.(true);
  tcp.setTimeout?.(0);
  tcp.setKeepAlive?.(true, 30_000);
  socket.on('error', () => {});
  // Copying both ways watches each end of the socket several times; the default of ten is a leak warning.
  socket.setMaxListeners(32);
}

/** A refusal's text is shown to the user; more of it is of no use. */
const REFUSAL_BYTES_MAX = 65_536;

/** Like `dial`, but an answer other than 101 is a StreamsError UpgradeRefused with the answer's text. */
export async function dialUpgrade(
  options: DialOptions,
): Promise<{ readonly socket: Duplex; readonly headers: http.IncomingHttpHeaders }> {
  const result = await dial(options);
  if (result.kind === 'answered') {
    let body = '';
    for await (const chunk of result.response) {
      body += String(chunk);
      if (body.length > REFUSAL_BYTES_MAX) break;
    }
    throw new StreamsError(
      'UpgradeRefused',
      body.trim() || `status ${result.response.statusCode}`,
      result.response.statusCode,
    );
  }
  if (result.head.length > 0) result.socket.unshift(result.head);
  return { socket: result.socket, headers: result.response.headers };
}

const statusLine = (response: http.IncomingMessage) =>
  `HTTP/1.1 ${response.statusCode} ${response.statusMessage ?? ''}\r\n`;

function headLines(response: http.IncomingMessage, drop: (name: string) => boolean): string {
  let lines = '';
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index]!;
    if (!drop(name.toLowerCase())) lines += `${name}: ${response.rawHeaders[index + 1]}\r\n`;
  }
  return lines;
}

export interface TunnelOptions extends DialOptions {
  /** The client's socket and the bytes it sent right after its request. */
  readonly client: Duplex;
  readonly clientHead: Uint8Array;
}

/**
 * Passes an upgrade request on and then the bytes of both sides, unread, until both have ended. A refusal is passed back
 * as it is. Rejects only when the other server cannot be reached; nothing was written to the client then.
 */
export async function tunnelUpgrade(options: TunnelOptions): Promise<void> {
  const result = await dial(options);
  const { client } = options;
  tune(client);
  if (result.kind === 'answered') {
    const framing = new Set(['connection', 'transfer-encoding', 'keep-alive']);
    client.write(
      `${statusLine(result.response)}${headLines(result.response, (name) => framing.has(name))}Connection: close\r\n\r\n`,
    );
    result.response.on('error', () => client.destroy());
    result.response.pipe(client);
    return;
  }
  client.write(`${statusLine(result.response)}${headLines(result.response, () => false)}\r\n`);
  if (result.head.length > 0) client.write(result.head);
  if (options.clientHead.length > 0) result.socket.write(options.clientHead);
  await splice(client, result.socket);
}

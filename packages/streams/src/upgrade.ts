/** Answering HTTP/1.1 upgrade requests for SPDY, and refusing them with an ordinary response. */
import type { Duplex } from 'node:stream';
import { nodeHttp } from '@steersman/machinery';

/** A request that asks to change protocol, as any HTTP server represents it: header names in lower case. */
export interface UpgradeRequest {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const oneValue = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(',') : (value ?? '');

/** The members of a comma-separated header, in order; empty when it is absent. */
export function headerList(request: UpgradeRequest, name: string): readonly string[] {
  return oneValue(request.headers[name])
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}

export const STREAM_PROTOCOL_HEADER = 'X-Stream-Protocol-Version';

/** Whether the request asks for SPDY/3.1. */
export function isSpdyRequest(request: UpgradeRequest): boolean {
  return oneValue(request.headers['upgrade']).toLowerCase() === 'spdy/3.1';
}

/** Writes a plain-text or JSON response on a socket that asked for an upgrade, and closes it. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const lines = Object.entries({
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status} ${nodeHttp.STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`);
}

export type Negotiation =
  | { readonly kind: 'agreed'; readonly protocol: string }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string };

/** Chooses the first protocol of the client that the server supports, as upstream's handshake does. */
export function negotiateStreamProtocol(request: UpgradeRequest, supported: readonly string[]): Negotiation {
  const offered = headerList(request, STREAM_PROTOCOL_HEADER.toLowerCase());
  if (offered.length === 0) {
    return { kind: 'refused', status: 400, message: `unable to upgrade: ${STREAM_PROTOCOL_HEADER} is required` };
  }
  const protocol = offered.find((name) => supported.includes(name));
  if (protocol !== undefined) return { kind: 'agreed', protocol };
  const lists = `client supports [${offered.join(' ')}], server accepts [${supported.join(' ')}]`;
  return { kind: 'refused', status: 403, message: `unable to upgrade: unable to negotiate protocol: ${lists}` };
}

/** Sends 101 and hands back the socket, with bytes that came early put back. */
export function acceptSpdyUpgrade(socket: Duplex, head: Uint8Array, protocol: string): Duplex {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${STREAM_PROTOCOL_HEADER}: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return socket;
}

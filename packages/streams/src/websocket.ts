/** Answering WebSocket upgrades on sockets that an HTTP server hands over. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { StreamsError } from './errors.ts';
import { headerList, type UpgradeRequest } from './upgrade.ts';

/** Clients send 32 KiB at a time; one message is held whole in memory. */
const WEBSOCKET_MESSAGE_BYTES_MAX = 1_048_576;
/** A client that does not answer the closing handshake is dropped after this. */
const CLOSE_WAIT_MS_MAX = 5_000;

/** The subprotocols a request offers, in its order. */
export function offeredProtocols(request: UpgradeRequest): readonly string[] {
  return headerList(request, 'sec-websocket-protocol');
}

/** Whether the request asks for a WebSocket. */
export function isWebSocketRequest(request: UpgradeRequest): boolean {
  return headerList(request, 'upgrade')[0]?.toLowerCase() === 'websocket';
}

/**
 * Completes the handshake with this subprotocol ('' for none). Rejects with StreamsError ConnectionClosed when the handshake
 * is broken, after it was answered with 400, or when the client leaves.
 */
export function acceptWebSocket(
  request: UpgradeRequest,
  socket: Duplex,
  head: Uint8Array,
  protocol: string,
): Promise<WebSocket> {
  // Of `closeTimeout` the types do not know yet.
  const options: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    maxPayload: WEBSOCKET_MESSAGE_BYTES_MAX,
    closeTimeout: CLOSE_WAIT_MS_MAX,
  };
  const server = new WebSocketServer(options);
  // ws refuses names that are no tokens, and `SPDY/3.1+portforward.k8s.io` has a slash: it never sees what was offered, and the
  // answer is added here.
  const { 'sec-websocket-protocol': _offered, ...headers } = request.headers;
  if (protocol !== '') server.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new StreamsError('ConnectionClosed', 'the WebSocket handshake failed')));
    // Of the request, ws reads the method and the headers only.
    const upgrade = { headers, method: request.method } as IncomingMessage;
    server.handleUpgrade(upgrade, socket, Buffer.from(head), (webSocket) => {
      webSocket.on('error', () => {}); // A broken client also closes; that is what sessions look at.
      resolve(webSocket);
    });
  });
}

/** The bytes of a WebSocket's binary messages as one duplex stream. */
export function webSocketBytes(webSocket: WebSocket): Duplex {
  const stream = createWebSocketStream(webSocket);
  stream.on('error', () => {});
  return stream;
}

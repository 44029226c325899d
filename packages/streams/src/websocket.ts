/** Answering WebSocket upgrades on sockets that an HTTP server hands over. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';

/** Clients send 32 KiB at a time; one message is held whole in memory. */
const WEBSOCKET_MESSAGE_BYTES_MAX = 1_048_576;

/** The subprotocols a request offers, in its order. */
export function offeredProtocols(request: IncomingMessage): readonly string[] {
  const header = request.headers['sec-websocket-protocol'] ?? '';
  return header
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Whether the request asks for a WebSocket. */
export function isWebSocketRequest(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').toLowerCase() === 'websocket';
}

/** Completes the handshake with this subprotocol ('' for none). The promise never settles for a broken handshake, which is answered with 400. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocol: string,
): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: WEBSOCKET_MESSAGE_BYTES_MAX,
    handleProtocols: () => (protocol === '' ? false : protocol),
  });
  return new Promise((resolve) => {
    server.handleUpgrade(request, socket, head, (webSocket) => {
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

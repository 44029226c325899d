import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { UNREAD_REQUEST_BYTES_MAX, UNREAD_REQUEST_LINGER_MS } from '../limits.ts';

/**
 * Whether the client still has more of its body to send than is worth reading to keep its connection. The rest of a short one Node
 * reads and drops when the answer has been sent.
 */
export function longBodyIsComing({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false;
  if (headers['transfer-encoding'] !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > UNREAD_REQUEST_BYTES_MAX;
}

/** Ends the connection with this response: whatever else the client sends, nobody wants. */
export function closeAfter(response: ServerResponse, message: IncomingMessage): void {
  response.shouldKeepAlive = false;
  const socket = message.socket as Socket & { destroySoon(): void };
  socket.destroySoon = () => lingerAndClose(socket);
}

/**
 * Closes for writing first and for reading a moment later; closed at once while something comes in, the socket would make the
 * client's system drop what it has not read yet.
 */
export function lingerAndClose(socket: Socket): void {
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), UNREAD_REQUEST_LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

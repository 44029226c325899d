import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { UNREAD_REQUEST_LINGER_MS } from '../limits.ts';

/** Whether the client still has some of its body to send. */
export function bodyIsComing({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['content-length'] ?? headers['transfer-encoding']) !== undefined;
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

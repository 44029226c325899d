import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PIPELINED_REQUESTS_MAX } from '../limits.ts';

const waiting = new WeakMap<Socket, number>();

/**
 * Answers requests of one HTTP/1.1 connection one after the other, as Go does, however many come at once: else a few packets would
 * make us do and hold the work of thousands. Cuts a connection on which too many wait.
 */
export function inTurn(message: IncomingMessage, response: ServerResponse, answer: () => void): void {
  const { socket } = message;
  // A response gets the socket when those before it have ended.
  if (response.socket !== null) return answer();
  const before = waiting.get(socket) ?? 0;
  if (before >= PIPELINED_REQUESTS_MAX) return void socket.destroy();
  waiting.set(socket, before + 1);
  response.once('socket', () => {
    waiting.set(socket, waiting.get(socket)! - 1);
    if (!socket.destroyed) answer();
  });
}

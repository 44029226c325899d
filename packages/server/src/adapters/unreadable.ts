import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { lingerAndClose } from './unread-request.ts';

const refused = new WeakSet<Duplex>();

/** Answers what is no request in Go's words, and closes; where a response is under way, nothing may come between. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (refused.has(socket)) return; // What it sends while it reads our answer.
  refused.add(socket);
  const underWay = (socket as { readonly _httpMessage?: unknown })._httpMessage != null;
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  if (underWay || late || !socket.writable) return void socket.destroy();
  const text = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.write(`HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${text}`);
  lingerAndClose(socket as Socket);
}

import type { Socket } from 'node:net';

type Place = Pick<Socket, 'remoteAddress' | 'remotePort'>;

/** Connections that have brought no request yet. */
export interface NewConnections {
  opened(socket: Socket): void;
  /** A request has come on a connection; also for the socket that TLS makes of it. */
  used(socket: Place): void;
  /** Resolves when there are none; those that bring nothing for `waitMs` are cut. */
  none(): Promise<void>;
}

export function newConnections(waitMs: number): NewConnections {
  // TLS and HTTP/2 wrap the socket that was opened: the other end's place is what all of them know.
  const byPlace = new Map<string, Socket>();
  const waiting: (() => void)[] = [];
  const forget = (place: string) => {
    if (!byPlace.delete(place) || byPlace.size > 0) return;
    for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    opened(socket) {
      const place = placeOf(socket);
      byPlace.set(place, socket);
      socket.once('close', () => {
        if (byPlace.get(place) === socket) forget(place);
      });
    },
    used: (socket) => forget(placeOf(socket)),
    none() {
      if (byPlace.size === 0) return Promise.resolve();
      const timer = setTimeout(() => {
        for (const socket of byPlace.values()) socket.destroy();
      }, waitMs);
      return new Promise<void>((resolve) => waiting.push(resolve)).finally(() => clearTimeout(timer));
    },
  };
}

function placeOf({ remoteAddress, remotePort }: Place): string {
  return `${remoteAddress} ${remotePort}`;
}

/** The DNS sockets: UDP and TCP on one port. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Socket } from 'node:net';
import type { Effects } from '@steersman/machinery';
import { frame, unframed } from '../frames.ts';
import type { Handler } from '../handler.ts';

/** TCP clients that say nothing are let go after this long. */
const TCP_IDLE_MS = 10_000;
/** TCP connections at once; each may hold 64 KiB. */
const TCP_CONNECTIONS_MAX = 500;

export interface DnsListener {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the handler on address and port (0 picks one for both protocols). */
export async function listenDns(
  address: string,
  port: number,
  handler: Handler,
  { log }: Effects,
): Promise<DnsListener> {
  const udp = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', reuseAddr: true });
  udp.on('message', (message, from) => {
    handler(message, 'udp')
      .then((response) => response !== undefined && udp.send(response, from.port, from.address))
      .catch((error: unknown) => log.error('A DNS request failed.', { error }));
  });
  udp.bind(port, address);
  await once(udp, 'listening');
  udp.on('error', (error) => log.error('The UDP socket failed.', { error }));
  const bound = udp.address().port;
  const tcp = createServer((socket) => serveConnection(socket, handler, log));
  tcp.maxConnections = TCP_CONNECTIONS_MAX;
  tcp.listen(bound, address);
  await once(tcp, 'listening');
  return {
    port: bound,
    async close() {
      udp.close();
      tcp.close();
      await once(tcp, 'close');
    },
  };
}

function serveConnection(socket: Socket, handler: Handler, log: Effects['log']): void {
  socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  const take = unframed((message) => {
    handler(message, 'tcp')
      .then((response) => response !== undefined && !socket.destroyed && socket.write(frame(response)))
      .catch((error: unknown) => log.error('A DNS request failed.', { error }));
  });
  socket.on('data', take);
}

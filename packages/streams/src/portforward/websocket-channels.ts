/**
 * Port-forward over WebSocket channels, the form from before tunnelling: the ports are in the query; port i owns
 * channel 2i for data and 2i+1 for errors, and both start with the port number in two bytes, little endian.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { UpgradeRequest } from '../upgrade.ts';
import { acceptWebSocket } from '../websocket.ts';

export const PORT_FORWARD_CHANNEL_PROTOCOLS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', ''];
/** Two channels per port in one byte. */
export const PORTS_PER_WEBSOCKET_MAX = 127;

export interface ChannelPortForwardOptions {
  readonly request: UpgradeRequest;
  readonly socket: Duplex;
  readonly head: Uint8Array;
  readonly protocol: string;
  readonly ports: readonly number[];
  readonly connect: (port: number) => Promise<Duplex>;
}

/** Serves until the client leaves. Rejects only when the WebSocket handshake fails. */
export async function serveChannelPortForward(options: ChannelPortForwardOptions): Promise<void> {
  const base64 = options.protocol.includes('base64');
  const ports = options.ports.slice(0, PORTS_PER_WEBSOCKET_MAX);
  const webSocket = await acceptWebSocket(options.request, options.socket, options.head, options.protocol);
  const closed = new Promise<void>((resolve) => webSocket.once('close', () => resolve()));
  webSocket.pause();
  const targets = await Promise.all(
    ports.map((port, index) => openChannel({ webSocket, base64, index, port, connect: options.connect })),
  );
  webSocket.on('message', (raw) => {
    const message = raw as Buffer;
    const channel = base64 ? message[0]! - 0x30 : message[0]!;
    const data = base64 ? Buffer.from(message.toString('latin1', 1), 'base64') : message.subarray(1);
    const target = channel % 2 === 0 ? targets[channel / 2] : undefined;
    if (target === undefined || target.destroyed || target.writableEnded || target.write(data)) return;
    webSocket.pause();
    target.once('drain', () => webSocket.resume());
    target.once('close', () => webSocket.resume());
  });
  webSocket.resume();
  await closed;
  for (const target of targets) target?.destroy();
}

interface ChannelOptions {
  readonly webSocket: WebSocket;
  readonly base64: boolean;
  readonly index: number;
  readonly port: number;
  readonly connect: (port: number) => Promise<Duplex>;
}

async function openChannel({ webSocket, base64, index, port, connect }: ChannelOptions): Promise<Duplex | undefined> {
  const send = (channel: number, data: Buffer, sent?: () => void) =>
    webSocket.send(
      base64
        ? String.fromCharCode(0x30 + channel) + data.toString('base64')
        : Buffer.concat([Buffer.from([channel]), data]),
      sent,
    );
  const portBytes = Buffer.from([port & 0xff, port >> 8]);
  send(index * 2, portBytes);
  send(index * 2 + 1, portBytes);
  try {
    const target = await connect(port);
    target.on('error', (error) => send(index * 2 + 1, Buffer.from(error.message)));
    target.on('data', (chunk: Buffer) => {
      target.pause();
      send(index * 2, chunk, () => target.resume());
    });
    return target;
  } catch (error) {
    send(
      index * 2 + 1,
      Buffer.from(`error forwarding port ${port} to pod: ${error instanceof Error ? error.message : error}`),
    );
    return undefined;
  }
}

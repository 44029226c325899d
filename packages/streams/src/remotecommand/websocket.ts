/** The remotecommand protocols over WebSocket: each message starts with the number of its channel. */
import { type Duplex, Readable, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { UpgradeRequest } from '../upgrade.ts';
import { acceptWebSocket, offeredProtocols } from '../websocket.ts';
import { flushed, type RemoteCommandOptions, type RemoteCommandSession } from './session.ts';

const Channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Best first. The empty name is a client that offers none: the oldest binary protocol. */
export const WEBSOCKET_COMMAND_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
  '',
];

/** The best protocol that the request and this side share; undefined when there is none. */
export function negotiateWebSocketCommand(
  request: UpgradeRequest,
  supported: readonly string[] = WEBSOCKET_COMMAND_PROTOCOLS,
): string | undefined {
  const offered = offeredProtocols(request);
  if (offered.length === 0) return supported.find((name) => name === '');
  return supported.find((name) => offered.includes(name));
}

const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;

function messageOf(channel: number, data: Uint8Array, base64: boolean): string | Buffer {
  if (base64) return `${channel}${Buffer.from(data).toString('base64')}`;
  return Buffer.concat([Buffer.from([channel]), data]);
}

function parseMessage(message: Buffer, base64: boolean): { channel: number; data: Buffer } | undefined {
  const first = message[0];
  if (first === undefined) return undefined;
  if (!base64) return { channel: first, data: message.subarray(1) };
  return { channel: first - 0x30, data: Buffer.from(message.toString('latin1', 1), 'base64') };
}

function outgoing(webSocket: WebSocket, channel: number, base64: boolean): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, callback) {
      webSocket.send(messageOf(channel, chunk, base64), (error) => callback(error ?? null));
    },
  }).on('error', () => {});
}

/** Incoming channels share the connection: while one is full, the WebSocket is paused. */
function incoming(webSocket: WebSocket): Readable {
  return new Readable({ read: () => webSocket.resume() }).on('error', () => {});
}

export interface WebSocketCommandOptions {
  readonly request: UpgradeRequest;
  readonly socket: Duplex;
  readonly head: Uint8Array;
  readonly protocol: string;
  readonly command: RemoteCommandOptions;
}

/** Completes the handshake; the session is usable at once. */
export async function acceptWebSocketCommand(options: WebSocketCommandOptions): Promise<RemoteCommandSession> {
  const { protocol, command } = options;
  const base64 = protocol.includes('base64');
  const webSocket = await acceptWebSocket(options.request, options.socket, options.head, protocol);
  const gone = new AbortController();
  const stdin = command.stdin ? incoming(webSocket) : undefined;
  const resize = command.tty ? incoming(webSocket) : undefined;
  const stdout = command.stdout ? outgoing(webSocket, Channel.stdout, base64) : undefined;
  const stderr = command.stderr && !command.tty ? outgoing(webSocket, Channel.stderr, base64) : undefined;
  const error = outgoing(webSocket, Channel.error, base64);
  const inputs = new Map([
    [Channel.stdin as number, stdin],
    [Channel.resize as number, resize],
  ]);
  webSocket.on('message', (raw) => {
    const message = parseMessage(bytesOf(raw), base64);
    if (message === undefined) return;
    if (message.channel === Channel.close && protocol.startsWith('v5.')) return endInput(inputs, message.data[0]);
    const input = inputs.get(message.channel);
    // Input that the command no longer takes is dropped: to wait until somebody reads it would be to wait for ever.
    if (input === undefined || input.readableEnded || input.destroyed || message.data.length === 0) return;
    if (!input.push(message.data)) webSocket.pause();
  });
  webSocket.on('close', () => {
    endInput(inputs, Channel.stdin);
    endInput(inputs, Channel.resize);
    gone.abort();
    for (const output of [stdout, stderr, error]) output?.destroy();
  });
  // An empty message tells the client that the session is up, on the lowest channel this side writes.
  const greeting = stdout ? Channel.stdout : stderr ? Channel.stderr : Channel.error;
  webSocket.send(messageOf(greeting, new Uint8Array(), base64));
  return {
    protocol,
    ...(stdin && { stdin }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    ...(resize && { resize }),
    signal: gone.signal,
    async finish(errorStream) {
      await Promise.all([flushed(stdout), flushed(stderr)]);
      await flushed(error, errorStream);
      webSocket.resume(); // A paused socket would never see the client's half of the closing handshake.
      stdin?.resume();
      webSocket.close(1000);
    },
  };
}

function endInput(inputs: Map<number, Readable | undefined>, channel: number | undefined): void {
  if (channel === undefined) return;
  inputs.get(channel)?.push(null);
  inputs.delete(channel);
}

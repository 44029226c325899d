/** Where a log goes: an HTTP response, or the messages of a WebSocket, which browsers and old clients read. */
import { errors } from '@steersman/api';
import { acceptWebSocket, isWebSocketRequest, offeredProtocols } from '@steersman/streams';
import type { StreamRequest } from '../streaming-contract.ts';

export interface LogSink {
  /** The reader has gone away. */
  readonly closed: boolean;
  /** Called when the reader goes away. */
  onClose(handler: () => void): void;
  /** Resolves when there is room for more. */
  write(chunk: Uint8Array): Promise<void>;
  end(): void;
  /** Breaks off, so that the reader does not take what it has for the whole. */
  fail(): void;
}

/** Subprotocols of a stream that is only read, and whether its messages are base64 text instead of bytes. */
const PROTOCOLS: ReadonlyMap<string, { readonly base64: boolean }> = new Map([
  ['', { base64: false }],
  ['binary.k8s.io', { base64: false }],
  ['base64.binary.k8s.io', { base64: true }],
]);

/** The first of the offered subprotocols that is known; '' when none is offered. Throws Forbidden, as upstream's handshake. */
function chooseProtocol(offered: readonly string[]): string {
  const wanted = offered.filter((name) => !name.startsWith('base64url.bearer.'));
  const chosen = wanted.length === 0 ? '' : wanted.find((name) => PROTOCOLS.has(name));
  if (chosen !== undefined) return chosen;
  const message = `requested protocol(s) are not supported: [${wanted.join(' ')}]; supports [${[...PROTOCOLS.keys()].join(' ')}]`;
  throw errors.forbidden({ group: '', resource: 'pods' }, '', message);
}

async function webSocketSink({ http, upgrade }: StreamRequest): Promise<LogSink | undefined> {
  if (upgrade === undefined || !isWebSocketRequest(http)) return undefined;
  const protocol = chooseProtocol(offeredProtocols(http));
  const { base64 = false } = PROTOCOLS.get(protocol) ?? {};
  const webSocket = await acceptWebSocket(http, upgrade.socket, upgrade.head, protocol);
  const send = (data: Uint8Array | string) => new Promise<void>((resolve) => webSocket.send(data, () => resolve()));
  // An empty message first: clients wait for one to know that the stream is there.
  await send(base64 ? '' : new Uint8Array());
  return {
    get closed() {
      return webSocket.readyState !== webSocket.OPEN;
    },
    onClose: (handler) => void webSocket.once('close', handler),
    write: (chunk) => send(base64 ? Buffer.from(chunk).toString('base64') : chunk),
    end: () => webSocket.close(1000),
    fail: () => webSocket.terminate(),
  };
}

function responseSink({ response }: StreamRequest): LogSink {
  const out = response.stream(200, { 'content-type': 'text/plain' });
  return {
    get closed() {
      return out.closed;
    },
    onClose: (handler) => void out.onClose(handler),
    async write(chunk) {
      if (!out.write(chunk)) await out.drained();
    },
    end: () => void out.end(),
    fail: () => void out.destroy(),
  };
}

/** Begins the answer; errors can no longer become a Status. Throws Forbidden for WebSockets with unknown subprotocols only. */
export async function openLogSink(request: StreamRequest): Promise<LogSink> {
  return (await webSocketSink(request)) ?? responseSink(request);
}

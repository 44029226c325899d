/** A watch over a WebSocket: one message for each event. */
import type { ResponseStream, UpgradeSocket } from '@steersman/server';
import { acceptWebSocket, isWebSocketRequest, offeredProtocols } from '@steersman/streams';
import type { Exchange } from '../pipeline/exchange.ts';
import type { Format } from './negotiate.ts';

type WebSocket = Awaited<ReturnType<typeof acceptWebSocket>>;

/** A client that leaves so much unread is waited for. */
const UNREAD_BYTES_MAX = 64 * 1024;
const NEWLINE = 0x0a;
/** Before each event in protobuf comes its length. */
const LENGTH_BYTES = 4;
const CLOSE_NORMAL = 1000;

/** Undefined for requests that do not ask for a WebSocket. Rejects when the handshake fails; it has been answered then. */
export function webSocketStream({ request, upgrade }: Exchange, format: Format): Promise<ResponseStream> | undefined {
  if (upgrade === undefined || !isWebSocketRequest(request)) return undefined;
  return openStream(request, upgrade, format === 'protobuf' ? lengthPrefixed : lines);
}

async function openStream(
  request: Exchange['request'],
  { socket, head }: UpgradeSocket,
  eventsOf: (frames: Uint8Array) => Iterable<Uint8Array | string>,
): Promise<ResponseStream> {
  const [protocol = ''] = offeredProtocols(request).filter((name) => !name.startsWith('base64url.bearer.'));
  return new EventSocket(await acceptWebSocket(request, socket, head, protocol), eventsOf);
}

/** Each event of JSON is a line, and a text message with its end. */
function* lines(frames: Uint8Array): Generator<string> {
  for (let from = 0; from < frames.length; ) {
    const end = frames.indexOf(NEWLINE, from);
    const to = end === -1 ? frames.length : end + 1;
    yield Buffer.from(frames.buffer, frames.byteOffset + from, to - from).toString('utf8');
    from = to;
  }
}

/** A message has a length of its own. */
function* lengthPrefixed(frames: Uint8Array): Generator<Uint8Array> {
  const view = Buffer.from(frames.buffer, frames.byteOffset, frames.length);
  for (let from = 0; from < view.length; ) {
    const to = from + LENGTH_BYTES + view.readUInt32BE(from);
    yield view.subarray(from + LENGTH_BYTES, to);
    from = to;
  }
}

class EventSocket implements ResponseStream {
  readonly #socket: WebSocket;
  readonly #eventsOf: (frames: Uint8Array) => Iterable<Uint8Array | string>;
  readonly #waiting = new Set<() => void>();

  constructor(socket: WebSocket, eventsOf: (frames: Uint8Array) => Iterable<Uint8Array | string>) {
    this.#socket = socket;
    this.#eventsOf = eventsOf;
    socket.once('close', () => this.#goOn());
  }

  write(frames: Uint8Array): boolean {
    for (const event of this.#eventsOf(frames)) this.#socket.send(event, () => this.#sent());
    return this.unsentBytes <= UNREAD_BYTES_MAX;
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  get closed(): boolean {
    return this.#socket.readyState !== this.#socket.OPEN;
  }

  drained(): Promise<void> {
    if (this.closed || this.unsentBytes <= UNREAD_BYTES_MAX) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  onClose(callback: () => void): void {
    this.#socket.once('close', callback);
  }

  end(): void {
    this.#socket.close(CLOSE_NORMAL);
  }

  destroy(): void {
    this.#socket.terminate();
  }

  #sent(): void {
    if (this.unsentBytes <= UNREAD_BYTES_MAX) this.#goOn();
  }

  #goOn(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** The least of HTTP/2 (RFC 9113) that opens watches and reads them: many streams on one connection, as client-go has. */
import type { TLSSocket } from 'node:tls';
import { tlsTo } from './raw-requests.ts';
import type { Target } from './target.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEAD_BYTES = 9;
const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const PING = 6;
const WINDOW_UPDATE = 8;
const ACK = 1;
const END_STREAM_AND_HEADERS = 5;
const INITIAL_WINDOW_SETTING = 4;
/** Go's client gives every stream 4 MiB and the connection 1 GiB. */
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 1024 * 1024 * 1024;
const PLAIN_STRING_MAX = 126; // Longer ones need a second length byte (RFC 7541 section 5.1).

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEAD_BYTES);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A string without Huffman coding. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length =
    bytes.length <= PLAIN_STRING_MAX ? [bytes.length] : [127, ...variable(bytes.length - PLAIN_STRING_MAX - 1)];
  return Buffer.concat([Buffer.from(length), bytes]);
}
function variable(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...variable(Math.floor(value / 128))];
}

/** Header fields that are not indexed, with their names in full. */
function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** Opens one connection with a GET per receiver; resolves when every stream has received something. */
export async function openHttp2Watches(
  target: Target,
  path: string,
  receivers: readonly ((data: Buffer) => void)[],
): Promise<TLSSocket> {
  const socket = await tlsTo(target, 'h2');
  socket.setNoDelay(true);
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(INITIAL_WINDOW_SETTING, 0);
  settings.writeUInt32BE(STREAM_WINDOW_BYTES, 2);
  socket.write(PREFACE);
  socket.write(frame(SETTINGS, 0, 0, settings));
  socket.write(frame(WINDOW_UPDATE, 0, 0, uint32(CONNECTION_WINDOW_BYTES)));
  const block = headerBlock([
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', 'bench'],
    [':path', path],
    ['authorization', `Bearer ${target.token}`],
  ]);
  const opened = Promise.withResolvers<void>();
  const waiting = new Set(receivers.keys());
  readFrames(socket, receivers, (index) => {
    if (waiting.delete(index) && waiting.size === 0) opened.resolve();
  });
  for (const index of receivers.keys()) socket.write(frame(HEADERS, END_STREAM_AND_HEADERS, index * 2 + 1, block));
  await opened.promise;
  return socket;
}

function readFrames(
  socket: TLSSocket,
  receivers: readonly ((data: Buffer) => void)[],
  onStream: (index: number) => void,
): void {
  let rest: Buffer = Buffer.alloc(0);
  const unacknowledged = receivers.map(() => 0);
  const take = (type: number, flags: number, stream: number, payload: Buffer) => {
    const index = (stream - 1) / 2;
    if (type === SETTINGS && (flags & ACK) === 0) socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
    else if (type === PING && (flags & ACK) === 0) socket.write(frame(PING, ACK, 0, payload));
    else if (type === HEADERS) onStream(index);
    else if (type === DATA && payload.length > 0) {
      receivers[index]?.(payload);
      unacknowledged[index] = (unacknowledged[index] ?? 0) + payload.length;
      if (unacknowledged[index] < STREAM_WINDOW_BYTES / 4) return;
      socket.write(frame(WINDOW_UPDATE, 0, stream, uint32(unacknowledged[index])));
      socket.write(frame(WINDOW_UPDATE, 0, 0, uint32(unacknowledged[index])));
      unacknowledged[index] = 0;
    }
  };
  socket.on('data', (chunk: Buffer) => {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at + FRAME_HEAD_BYTES <= data.length) {
      const end = at + FRAME_HEAD_BYTES + data.readUIntBE(at, 3);
      if (end > data.length) break;
      take(data[at + 3]!, data[at + 4]!, data.readUInt32BE(at + 5) & 0x7f_ff_ff_ff, data.subarray(at + 9, end));
      at = end;
    }
    rest = Buffer.from(data.subarray(at));
  });
}

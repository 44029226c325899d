/** SPDY/3.1 frames on the wire (SPDY Protocol, draft 3.1, section 2.2 and 2.6). */
import { StreamsError } from '../errors.ts';

const SPDY_VERSION = 3;
const FLAG_FIN = 1;
/** Control frames are held whole in memory; header blocks of this protocol family are a few hundred bytes. */
export const CONTROL_FRAME_BYTES_MAX = 65_536;
/** Data is sent in pieces of this size at most, so that streams share a connection fairly. */
export const DATA_FRAME_BYTES_MAX = 32_768;

const FrameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** Status codes of RST_STREAM. */
export const ResetStatus = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
  streamAlreadyClosed: 9,
} as const;

export const INITIAL_WINDOW_SETTING = 7;

/** What arrives. Header blocks are still compressed; a data frame arrives in as many pieces as the socket cuts it. */
export type Frame =
  | { readonly type: 'syn-stream'; readonly stream: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'syn-reply'; readonly stream: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'headers'; readonly stream: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'rst-stream'; readonly stream: number; readonly status: number }
  | { readonly type: 'settings'; readonly values: ReadonlyMap<number, number> }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'go-away'; readonly lastStream: number; readonly status: number }
  | { readonly type: 'window-update'; readonly stream: number; readonly delta: number }
  | { readonly type: 'data'; readonly stream: number; readonly fin: boolean; readonly data: Buffer }
  | { readonly type: 'unknown' };

function control(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8000 | SPDY_VERSION, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(payload.length, 4);
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => void bytes.writeUInt32BE(value >>> 0, index * 4));
  return bytes;
}

/** The frames this side sends. */
export const encodeFrame = {
  synStream: (stream: number, block: Buffer, fin: boolean): Buffer =>
    control(FrameType.synStream, fin ? FLAG_FIN : 0, Buffer.concat([words(stream, 0), Buffer.alloc(2), block])),
  synReply: (stream: number, block: Buffer): Buffer =>
    control(FrameType.synReply, 0, Buffer.concat([words(stream), block])),
  headers: (stream: number, block: Buffer): Buffer =>
    control(FrameType.headers, 0, Buffer.concat([words(stream), block])),
  reset: (stream: number, status: number): Buffer => control(FrameType.rstStream, 0, words(stream, status)),
  initialWindow: (bytes: number): Buffer => control(FrameType.settings, 0, words(1, INITIAL_WINDOW_SETTING, bytes)),
  ping: (id: number): Buffer => control(FrameType.ping, 0, words(id)),
  goAway: (lastStream: number, status: number): Buffer => control(FrameType.goAway, 0, words(lastStream, status)),
  windowUpdate: (stream: number, delta: number): Buffer => control(FrameType.windowUpdate, 0, words(stream, delta)),
  dataHead(stream: number, length: number, fin: boolean): Buffer {
    const head = words(stream, length);
    head[4] = fin ? FLAG_FIN : 0;
    return head;
  },
};

function settingsOf(payload: Buffer): ReadonlyMap<number, number> {
  const values = new Map<number, number>();
  const count = Math.min(payload.readUInt32BE(0), Math.floor((payload.length - 4) / 8));
  for (let index = 0; index < count; index++) {
    values.set(payload.readUIntBE(5 + index * 8, 3), payload.readUInt32BE(8 + index * 8));
  }
  return values;
}

/** The least payload of each control frame, so that a short one is refused instead of read past its end. */
const payloadBytesMin: Readonly<Record<number, number>> = { 1: 10, 2: 4, 3: 8, 4: 4, 6: 4, 7: 8, 8: 4, 9: 8 };

function decodeControl(type: number, flags: number, payload: Buffer): Frame {
  if (payload.length < (payloadBytesMin[type] ?? 0)) {
    throw new StreamsError('ProtocolViolation', `SPDY control frame of type ${type} is too short`);
  }
  const fin = (flags & FLAG_FIN) !== 0;
  const first = payload.length >= 4 ? payload.readUInt32BE(0) : 0;
  const stream = first & 0x7fffffff;
  const second = payload.length >= 8 ? payload.readUInt32BE(4) : 0;
  switch (type) {
    case FrameType.synStream:
      return { type: 'syn-stream', stream, fin, block: payload.subarray(10) };
    case FrameType.synReply:
      return { type: 'syn-reply', stream, fin, block: payload.subarray(4) };
    case FrameType.headers:
      return { type: 'headers', stream, fin, block: payload.subarray(4) };
    case FrameType.rstStream:
      return { type: 'rst-stream', stream, status: second };
    case FrameType.settings:
      return { type: 'settings', values: settingsOf(payload) };
    case FrameType.ping:
      return { type: 'ping', id: first };
    case FrameType.goAway:
      return { type: 'go-away', lastStream: stream, status: second };
    case FrameType.windowUpdate:
      return { type: 'window-update', stream, delta: second & 0x7fffffff };
    default:
      return { type: 'unknown' };
  }
}

/** Cuts the byte stream into frames. Keeps at most one incomplete control frame. */
export class FrameDecoder {
  #pending: Buffer = Buffer.alloc(0);
  #data: { readonly stream: number; left: number; readonly fin: boolean } | undefined;

  /** The frames completed by these bytes. Throws StreamsError ProtocolViolation. */
  *push(chunk: Buffer): Generator<Frame> {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      if (this.#data !== undefined) {
        const piece = bytes.subarray(0, this.#data.left);
        if (piece.length === 0 && this.#data.left > 0) break;
        bytes = bytes.subarray(piece.length);
        yield this.#takeData(piece);
        continue;
      }
      if (bytes.length < 8) break;
      const length = bytes.readUIntBE(5, 3);
      if ((bytes[0]! & 0x80) === 0) {
        this.#data = { stream: bytes.readUInt32BE(0), left: length, fin: (bytes[4]! & FLAG_FIN) !== 0 };
        bytes = bytes.subarray(8);
        continue;
      }
      if ((bytes.readUInt16BE(0) & 0x7fff) !== SPDY_VERSION || length > CONTROL_FRAME_BYTES_MAX) {
        throw new StreamsError('ProtocolViolation', 'not a SPDY/3.1 control frame, or one of more than 64 KiB');
      }
      if (bytes.length < 8 + length) break;
      yield decodeControl(bytes.readUInt16BE(2), bytes[4]!, bytes.subarray(8, 8 + length));
      bytes = bytes.subarray(8 + length);
    }
    this.#pending = Buffer.from(bytes);
  }

  #takeData(piece: Buffer): Frame {
    const { stream, left, fin } = this.#data!;
    const rest = left - piece.length;
    if (rest === 0) this.#data = undefined;
    else this.#data!.left = rest;
    return { type: 'data', stream, fin: fin && rest === 0, data: piece };
  }
}

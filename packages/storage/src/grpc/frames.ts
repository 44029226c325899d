/** Frames of HTTP/2 (RFC 9113, 4 and 6). */
import { Http2Code, Http2Error } from './http2-error.ts';

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const FRAME_HEAD_BYTES = 9;
/** What both sides begin with; this side never allows more. */
export const FRAME_BYTES_MAX = 16_384;
export const WINDOW_BYTES_FIRST = 65_535;
export const WINDOW_BYTES_MAX = 2 ** 31 - 1;

export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const Flag = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

export const Setting = { tableBytes: 1, push: 2, streams: 3, windowBytes: 4, frameBytes: 5 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  /** A part of what was received. */
  readonly payload: Buffer;
}

export function writeFrameHead(
  target: Buffer,
  at: number,
  { length, type, flags, stream }: { length: number; type: number; flags: number; stream: number },
): void {
  target[at] = length >>> 16;
  target[at + 1] = length >>> 8;
  target[at + 2] = length;
  target[at + 3] = type;
  target[at + 4] = flags;
  target[at + 5] = stream >>> 24;
  target[at + 6] = stream >>> 16;
  target[at + 7] = stream >>> 8;
  target[at + 8] = stream;
}

const NOTHING = Buffer.alloc(0);

/** Cuts what arrives into frames. With `preface` it first expects what a client begins with. Throws Http2Error. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  #rest: Buffer = NOTHING;
  #preface: boolean;

  constructor(options: { readonly preface: boolean; readonly onFrame: (frame: Frame) => void }) {
    this.#preface = options.preface;
    this.#onFrame = options.onFrame;
  }

  take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    this.#rest = bytes;
    if (this.#preface) {
      if (bytes.length < PREFACE.length) return;
      if (PREFACE.compare(bytes, 0, PREFACE.length) !== 0)
        throw new Http2Error(Http2Code.protocol, 'this is not how HTTP/2 begins');
      this.#preface = false;
      at = PREFACE.length;
    }
    while (bytes.length - at >= FRAME_HEAD_BYTES) {
      const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
      if (length > FRAME_BYTES_MAX) throw new Http2Error(Http2Code.frameSize, `a frame of ${length} bytes`);
      const start = at + FRAME_HEAD_BYTES;
      if (start + length > bytes.length) break;
      this.#onFrame({
        type: bytes[at + 3]!,
        flags: bytes[at + 4]!,
        stream: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
        payload: bytes.subarray(start, start + length),
      });
      at = start + length;
    }
    this.#rest = at === bytes.length ? NOTHING : bytes.subarray(at);
  }
}

/** The payload of DATA or HEADERS without padding and priority. Throws Http2Error. */
export function contentOf({ type, flags, payload }: Frame): Buffer {
  let start = 0;
  let end = payload.length;
  if ((flags & Flag.padded) !== 0) {
    start = 1;
    end -= payload[0] ?? 0;
  }
  if (type === FrameType.headers && (flags & Flag.priority) !== 0) start += 5;
  if (start > end) throw new Http2Error(Http2Code.protocol, 'a frame is all padding');
  return start === 0 && end === payload.length ? payload : payload.subarray(start, end);
}

/**
 * One HTTP/2 connection (RFC 9113) that carries gRPC, as client or as server. What is sent in one turn of the event loop goes out in
 * one write, and header blocks that repeat are not made again.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '@steersman/machinery';
import { FrameWriter, MESSAGE_HEAD_BYTES } from './frame-writer.ts';
import {
  contentOf,
  Flag,
  FRAME_BYTES_MAX,
  type Frame,
  FrameReader,
  FrameType,
  Setting,
  WINDOW_BYTES_FIRST,
  WINDOW_BYTES_MAX,
} from './frames.ts';
import { HeaderDecoder } from './hpack-decoder.ts';
import { HeaderEncoder } from './hpack-encoder.ts';
import type { Field } from './hpack-table.ts';
import { Http2Code, Http2Error } from './http2-error.ts';
import { Outbox } from './outbox.ts';
import { type Outgoing, Stream, type StreamHandlers } from './stream.ts';

/** What the other side may send before it hears of room again: a page of large objects. */
const STREAM_WINDOW_BYTES = 8 * 1024 * 1024;
const SESSION_WINDOW_BYTES = 32 * 1024 * 1024;
const HEADER_BLOCK_BYTES_MAX = 64 * 1024; // Tokens are the longest there is.
const STREAMS_MAX = 10_000; // Of a client that has lost its senses.
const UNSENT_BYTES_MAX = 64 * 1024 * 1024; // Of a side that asks and does not read.
const STREAM_ID_MAX = 0x7fff_0000; // There are no more than 2^31; the session is replaced before.
const GOODBYE_MS_MAX = 1000; // To somebody who may not be there any more.
const NO_PING_DATA = Buffer.alloc(8);

export interface SessionOptions {
  readonly socket: Duplex;
  readonly clock: Clock;
  /** Silence after which the other side is asked whether it lives, and how long it may take to answer. */
  readonly keepaliveMs: number;
  readonly keepaliveAnswerMs: number;
  /** Once, when the session is over. */
  readonly onClose: (reason: string) => void;
  /** A server's: what handles a new stream. Absent for clients. */
  readonly onStream?: (stream: Stream, fields: readonly Field[], ended: boolean) => StreamHandlers;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #isServer: boolean;
  readonly #out: FrameWriter;
  readonly #reader: FrameReader;
  readonly #decoder = new HeaderDecoder();
  readonly #encoder = new HeaderEncoder();
  readonly #streams = new Map<number, Stream>();
  /** Streams that wait for the other side to allow another one. */
  readonly #unopened: { readonly stream: Stream; readonly fields: readonly Field[] }[] = [];
  /** Streams with something to send. */
  readonly #sending = new Set<Stream>();
  #nextId = 1;
  #lastRemoteId = 0;
  #window = WINDOW_BYTES_FIRST;
  #streamWindow = WINDOW_BYTES_FIRST;
  #frameBytesMax = FRAME_BYTES_MAX;
  #streamsMax = Number.POSITIVE_INFINITY;
  #taken = 0;
  /** The system takes no more for the moment. */
  #blocked = false;
  #block: { readonly frame: Frame; parts: Buffer[]; bytes: number } | undefined;
  #heardAtMs: number;
  #cancelKeepalive: () => void = () => undefined;
  #closed = false;
  #leaving = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#isServer = options.onStream !== undefined;
    const { socket } = options;
    this.#out = new FrameWriter(new Outbox(socket), () => this.#frameBytesMax);
    this.#reader = new FrameReader({ preface: this.#isServer, onFrame: (frame) => this.#take(frame) });
    this.#heardAtMs = options.clock.monotonic();
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#unblock());
    socket.on('end', () => this.destroy('the other side ended the connection'));
    socket.on('error', (error) => this.destroy(String(error)));
    socket.on('close', () => this.destroy('the connection was closed'));
    this.#introduce();
    this.#scheduleKeepalive();
  }

  /** Whether calls may begin on it. */
  get usable(): boolean {
    return !this.#closed && !this.#leaving && this.#nextId < STREAM_ID_MAX;
  }

  /** A client's: begins a stream. `fields` is best the very same array for every call of a kind. */
  open(fields: readonly Field[], handlers: StreamHandlers): Stream {
    const stream = new Stream(handlers);
    if (this.#closed) {
      stream.over = true;
      handlers.onReset('the connection was closed', true);
    } else if (this.#streams.size >= this.#streamsMax) this.#unopened.push({ stream, fields });
    else this.#begin(stream, fields);
    return stream;
  }

  /** Sends fields that do not end the stream: a server's first. */
  sendHeaders(stream: Stream, fields: readonly Field[]): void {
    if (!stream.over) this.#out.headers(stream.id, this.#encoder.encode(fields), false);
  }

  /** Sends one gRPC message, which may be overwritten at once. `sent` is called when it is with the system. */
  sendMessage(stream: Stream, message: Uint8Array, end: boolean, sent?: () => void): void {
    if (stream.over || stream.localEnded) return;
    const length = MESSAGE_HEAD_BYTES + message.length;
    if (this.#fitsNow(stream, length)) {
      stream.window -= length;
      this.#window -= length;
      this.#out.message(stream.id, message, end);
      if (sent !== undefined) this.#out.whenSent(sent);
      if (end) this.#endLocal(stream);
      return;
    }
    const bytes = Buffer.allocUnsafe(length);
    bytes[0] = 0;
    bytes.writeUInt32BE(message.length, 1);
    bytes.set(message, MESSAGE_HEAD_BYTES);
    this.#queue(stream, { bytes, end, sent });
  }

  /** Ends this side of a stream behind everything sent so far, with fields that are best the very same array every time. */
  end(stream: Stream, fields: readonly Field[]): void {
    this.#queue(stream, { fields, once: false, end: true });
  }
  /** The same with fields that will hardly be sent again. */
  endOnce(stream: Stream, fields: readonly Field[]): void {
    this.#queue(stream, { fields, once: true, end: true });
  }

  /** Gives a stream up; its handlers hear nothing more. */
  reset(stream: Stream, code: number = Http2Code.cancel): void {
    if (stream.over) return;
    if (stream.id !== 0) this.#out.reset(stream.id, code);
    this.#forget(stream);
  }

  /** Ends the connection and everything on it. */
  destroy(reason: string, code: number = Http2Code.noError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelKeepalive();
    const { socket, clock, onClose } = this.#options;
    this.#out.goAway(this.#lastRemoteId, code);
    this.#out.flush();
    socket.end(() => socket.destroy());
    clock.schedule(GOODBYE_MS_MAX, () => socket.destroy());
    this.#endStreams(() => true, reason, false);
    this.#endUnopened(reason);
    onClose(reason);
  }

  #introduce(): void {
    if (!this.#isServer) this.#out.preface();
    const third = this.#isServer ? ([Setting.streams, STREAMS_MAX] as const) : ([Setting.push, 0] as const);
    this.#out.settings([[Setting.windowBytes, STREAM_WINDOW_BYTES], third]);
    this.#out.grant(0, SESSION_WINDOW_BYTES - WINDOW_BYTES_FIRST);
    this.#out.flush();
  }

  #scheduleKeepalive(): void {
    const { clock, keepaliveMs, keepaliveAnswerMs } = this.#options;
    this.#cancelKeepalive = clock.schedule(keepaliveMs, () => {
      const askedAtMs = clock.monotonic();
      if (askedAtMs - this.#heardAtMs < keepaliveMs || (!this.#isServer && this.#streams.size === 0))
        return this.#scheduleKeepalive();
      this.#out.ping(NO_PING_DATA, 0);
      this.#cancelKeepalive = clock.schedule(keepaliveAnswerMs, () => {
        if (this.#heardAtMs < askedAtMs) this.destroy('the other side does not answer any more');
        else this.#scheduleKeepalive();
      });
    });
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    this.#heardAtMs = this.#options.clock.monotonic();
    try {
      this.#reader.take(chunk);
    } catch (error) {
      this.destroy(String(error), error instanceof Http2Error ? error.code : Http2Code.internal);
    }
  }

  #take(frame: Frame): void {
    if (this.#closed) return;
    const { type } = frame;
    if (this.#block !== undefined && type !== FrameType.continuation)
      throw new Http2Error(Http2Code.protocol, 'a header block is interrupted');
    if (type === FrameType.data) this.#takeData(frame);
    else if (type === FrameType.headers || type === FrameType.continuation) this.#takeHeaders(frame);
    else if (type === FrameType.windowUpdate) this.#takeWindow(frame);
    else if (type === FrameType.reset) this.#takeReset(frame);
    else if (type === FrameType.settings) this.#takeSettings(frame);
    else if (type === FrameType.ping) this.#takePing(frame);
    else if (type === FrameType.goAway) this.#takeGoAway(frame);
    else if (type === FrameType.push) throw new Http2Error(Http2Code.protocol, 'pushing was forbidden');
  }

  #takeData(frame: Frame): void {
    const length = frame.payload.length;
    this.#taken += length;
    if (this.#taken > SESSION_WINDOW_BYTES / 2) {
      this.#out.grant(0, this.#taken);
      this.#taken = 0;
    }
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined || stream.remoteEnded) {
      if (this.#isIdle(frame.stream)) throw new Http2Error(Http2Code.protocol, 'data of a stream that has not begun');
      return;
    }
    stream.taken += length;
    const ended = (frame.flags & Flag.endStream) !== 0;
    if (!ended && stream.taken > STREAM_WINDOW_BYTES / 2) {
      this.#out.grant(stream.id, stream.taken);
      stream.taken = 0;
    }
    stream.remoteEnded = ended;
    stream.handlers.onData(contentOf(frame), ended);
    if (ended) this.#endRemote(stream);
  }

  #takeHeaders(frame: Frame): void {
    let first = frame;
    let content = frame.type === FrameType.headers ? contentOf(frame) : frame.payload;
    if (frame.type === FrameType.continuation) {
      if (this.#block === undefined || this.#block.frame.stream !== frame.stream)
        throw new Http2Error(Http2Code.protocol, 'nothing is there to be continued');
      first = this.#block.frame;
      this.#block.parts.push(content);
      this.#block.bytes += content.length;
      if (this.#block.bytes > HEADER_BLOCK_BYTES_MAX)
        throw new Http2Error(Http2Code.enhanceYourCalm, 'a header block has no end');
      if ((frame.flags & Flag.endHeaders) !== 0) content = Buffer.concat(this.#block.parts);
    } else if ((frame.flags & Flag.endHeaders) === 0) this.#block = { frame, parts: [content], bytes: content.length };
    if ((frame.flags & Flag.endHeaders) === 0) return;
    this.#block = undefined;
    this.#takeFields(first, this.#decoder.decode(content));
  }

  #takeFields({ stream: id, flags }: Frame, fields: readonly Field[]): void {
    const ended = (flags & Flag.endStream) !== 0;
    const stream = this.#streams.get(id);
    if (stream !== undefined) {
      if (stream.remoteEnded) return;
      stream.remoteEnded = ended;
      stream.handlers.onHeaders(fields, ended);
      if (ended) this.#endRemote(stream);
    } else if (this.#isIdle(id)) this.#accept(id, fields, ended);
  }

  #accept(id: number, fields: readonly Field[], ended: boolean): void {
    const { onStream } = this.#options;
    if (onStream === undefined || id % 2 === 0)
      throw new Http2Error(Http2Code.protocol, 'a stream that nobody may begin');
    this.#lastRemoteId = id;
    if (this.#streams.size >= STREAMS_MAX) return this.#out.reset(id, Http2Code.refusedStream);
    const ignore = () => undefined;
    const stream = new Stream({ onHeaders: ignore, onData: ignore, onReset: ignore });
    stream.id = id;
    stream.window = this.#streamWindow;
    stream.remoteEnded = ended;
    this.#streams.set(id, stream);
    stream.handlers = onStream(stream, fields, ended);
  }

  /** Whether nobody has begun this stream. */
  #isIdle(id: number): boolean {
    return id % 2 === 1 && !this.#isServer ? id >= this.#nextId : id > this.#lastRemoteId;
  }

  #takeWindow({ stream: id, payload }: Frame): void {
    const bytes = payload.length === 4 ? payload.readUInt32BE(0) & WINDOW_BYTES_MAX : 0;
    if (bytes === 0) throw new Http2Error(Http2Code.protocol, 'a window is widened by nothing');
    if (id === 0) {
      this.#window += bytes;
      if (this.#window > WINDOW_BYTES_MAX) throw new Http2Error(Http2Code.flowControl, 'the window is too wide');
      return this.#pumpAll();
    }
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.window += bytes;
    if (stream.window > WINDOW_BYTES_MAX) throw new Http2Error(Http2Code.flowControl, 'the window is too wide');
    if (stream.queue.length > 0) this.#pump(stream);
  }

  #takeReset({ stream: id, payload }: Frame): void {
    const stream = this.#streams.get(id);
    if (stream === undefined || payload.length !== 4) return;
    const code = payload.readUInt32BE(0);
    this.#forget(stream);
    stream.handlers.onReset(`the other side gave the stream up (code ${code})`, code === Http2Code.refusedStream);
  }

  #takeSettings({ flags, payload }: Frame): void {
    if ((flags & Flag.ack) !== 0) return;
    if (payload.length % 6 !== 0) throw new Http2Error(Http2Code.frameSize, 'settings are cut off');
    for (let at = 0; at < payload.length; at += 6)
      this.#takeSetting(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    this.#checkRead();
    this.#out.frame({ type: FrameType.settings, flags: Flag.ack, stream: 0, length: 0 });
    this.#openWaiting();
    this.#pumpAll();
  }

  #takeSetting(name: number, value: number): void {
    if (name === Setting.tableBytes) this.#encoder.setTableBytes(value);
    else if (name === Setting.streams) this.#streamsMax = value;
    else if (name === Setting.frameBytes) this.#frameBytesMax = Math.min(value, FRAME_BYTES_MAX);
    else if (name === Setting.windowBytes) {
      if (value > WINDOW_BYTES_MAX) throw new Http2Error(Http2Code.flowControl, 'the window is too wide');
      for (const stream of this.#streams.values()) stream.window += value - this.#streamWindow;
      this.#streamWindow = value;
    }
  }

  #takePing({ flags, payload }: Frame): void {
    if (payload.length !== 8) throw new Http2Error(Http2Code.frameSize, 'a ping has eight bytes');
    if ((flags & Flag.ack) !== 0) return;
    this.#checkRead();
    this.#out.ping(payload, Flag.ack);
  }

  /** The other side takes no more streams. */
  #takeGoAway({ payload }: Frame): void {
    this.#leaving = true;
    const last = payload.length >= 4 ? payload.readUInt32BE(0) & WINDOW_BYTES_MAX : 0;
    if (this.#isServer) return;
    this.#endStreams((id) => id > last, 'the other side is leaving', true);
    this.#endUnopened('the other side is leaving');
    if (this.#streams.size === 0) this.destroy('the other side is leaving');
  }

  #begin(stream: Stream, fields: readonly Field[]): void {
    stream.id = this.#nextId;
    this.#nextId += 2;
    stream.window = this.#streamWindow;
    this.#streams.set(stream.id, stream);
    this.#out.headers(stream.id, this.#encoder.encode(fields), false);
    if (stream.queue.length > 0) this.#pump(stream);
  }

  #openWaiting(): void {
    while (this.#unopened.length > 0 && this.#streams.size < this.#streamsMax && this.usable) {
      const { stream, fields } = this.#unopened.shift()!;
      if (!stream.over) this.#begin(stream, fields);
    }
  }

  #queue(stream: Stream, item: Outgoing): void {
    if (stream.over || stream.localEnded) return;
    stream.queue.push(item);
    if (stream.id !== 0) this.#pump(stream);
  }

  #fitsNow(stream: Stream, length: number): boolean {
    if (stream.id === 0 || this.#blocked || stream.queue.length > 0) return false;
    return length <= this.#frameBytesMax && length <= stream.window && length <= this.#window;
  }

  #pumpAll(): void {
    for (const stream of this.#sending) if (stream.queue.length > 0) this.#pump(stream);
  }

  /** Sends what the windows allow. */
  #pump(stream: Stream): void {
    while (stream.queue.length > 0 && !stream.over && !this.#blocked) {
      const item = stream.queue[0]!;
      if (item.bytes !== undefined && !this.#writePart(stream, item.bytes, item.end)) break;
      if (item.fields !== undefined) this.#out.headers(stream.id, this.#blockOf(item), item.end);
      stream.queue.shift();
      stream.queueAt = 0;
      if (item.sent !== undefined) this.#out.whenSent(item.sent);
      if (item.end) this.#endLocal(stream);
      this.#checkBlocked();
    }
    if (stream.queue.length === 0) this.#sending.delete(stream);
    else this.#sending.add(stream);
  }

  #blockOf({ fields = [], once }: Outgoing): Buffer {
    return once === true ? this.#encoder.encodeOnce(fields) : this.#encoder.encode(fields);
  }

  /** Sends of these bytes what the windows allow; true when that is all. */
  #writePart(stream: Stream, bytes: Buffer, end: boolean): boolean {
    do {
      const left = bytes.length - stream.queueAt;
      const length = Math.min(left, stream.window, this.#window, this.#frameBytesMax);
      if (left > 0 && length <= 0) return false;
      const last = length === left;
      const start = stream.queueAt;
      this.#out.data(stream.id, bytes.subarray(start, start + length), end && last);
      stream.window -= length;
      this.#window -= length;
      stream.queueAt += length;
      this.#checkBlocked();
    } while (stream.queueAt < bytes.length && !this.#blocked);
    return stream.queueAt >= bytes.length;
  }

  #checkRead(): void {
    if (this.#options.socket.writableLength > UNSENT_BYTES_MAX)
      throw new Http2Error(Http2Code.enhanceYourCalm, 'answers are not read');
  }
  #checkBlocked(): void {
    if (this.#options.socket.writableNeedDrain) this.#blocked = true;
  }
  #unblock(): void {
    this.#blocked = false;
    this.#pumpAll();
  }

  #endLocal(stream: Stream): void {
    stream.localEnded = true;
    if (stream.remoteEnded) this.#forget(stream);
    else if (this.#isServer) {
      // The answer is complete, and whatever of the question still comes is of no use.
      this.#out.reset(stream.id, Http2Code.noError);
      this.#forget(stream);
    }
  }
  #endRemote(stream: Stream): void {
    if (stream.over) return;
    if (stream.localEnded) this.#forget(stream);
    else if (!this.#isServer) this.reset(stream);
  }

  #forget(stream: Stream): void {
    stream.over = true;
    stream.queue.length = 0;
    this.#sending.delete(stream);
    this.#streams.delete(stream.id);
    if (this.#unopened.length > 0) this.#openWaiting();
    if (!this.usable && this.#streams.size === 0) this.destroy('nothing goes over it any more');
  }

  #endStreams(which: (id: number) => boolean, reason: string, untouched: boolean): void {
    for (const stream of [...this.#streams.values()]) {
      if (!which(stream.id)) continue;
      stream.over = true;
      this.#streams.delete(stream.id);
      this.#sending.delete(stream);
      stream.handlers.onReset(reason, untouched);
    }
  }
  #endUnopened(reason: string): void {
    for (const { stream } of this.#unopened.splice(0)) {
      if (stream.over) continue;
      stream.over = true;
      stream.handlers.onReset(reason, true);
    }
  }
}

/** One SPDY/3.1 connection over an upgraded socket, either side. */
import type { Duplex } from 'node:stream';
import type { Clock } from '@steersman/machinery';
import { afterArrivals, arrivals } from '../arrivals.ts';
import { StreamsError } from '../errors.ts';
import {
  DATA_FRAME_BYTES_MAX,
  encodeFrame,
  type Frame,
  FrameDecoder,
  INITIAL_WINDOW_SETTING,
  ResetStatus,
} from './frames.ts';
import { HeaderDecoder, HeaderEncoder, type SpdyHeaders } from './header-block.ts';
import { SpdyStream, type StreamCarrier } from './stream.ts';

/** Both windows of SPDY/3.1 start here. */
const INITIAL_WINDOW_BYTES = 65_536;
/** A port-forward uses two streams per TCP connection; more than this is an attack or a leak. */
export const STREAMS_PER_CONNECTION_MAX = 1_000;
/** A peer that does not close its side after ours is closed is dropped after this. */
const CLOSE_GRACE_MS = 5_000;
/** Window is given back in steps, not per frame. */
const WINDOW_UPDATE_BYTES_MIN = 16_384;

export interface SpdyConnectionOptions {
  readonly socket: Duplex;
  readonly role: 'server' | 'client';
  readonly clock: Clock;
  /** Called for each stream that the peer opens, before anything else happens on it. It is answered already. */
  readonly onStream?: (stream: SpdyStream) => void;
}

/**
 * Streams multiplexed over one socket. The socket belongs to the connection from now on.
 *
 * Flow control: Go's implementation, which every Kubernetes peer uses, neither keeps windows nor announces them. So
 * windows are kept in both directions once the peer has shown that it does (SETTINGS or WINDOW_UPDATE); until then the socket's own
 * back-pressure is the limit, and a stream whose reader lags holds up the connection, as it does there.
 */
export class SpdyConnection implements StreamCarrier {
  /** Resolves when the connection has ended, for whatever reason. Never rejects. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #encoder = new HeaderEncoder();
  readonly #decoder = new HeaderDecoder();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #replies = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  readonly #parity: number;
  #nextStream: number;
  #lastRemoteStream = 0;
  #peerKeepsWindows = false;
  #peerInitialWindow = INITIAL_WINDOW_BYTES;
  #sendWindow = INITIAL_WINDOW_BYTES;
  #unacknowledged = 0;
  #waitingForRoom: (() => void)[] = [];
  #ended = false;

  constructor(options: SpdyConnectionOptions) {
    this.#socket = options.socket;
    this.#clock = options.clock;
    this.#onStream = options.onStream ?? ((stream) => stream.destroy());
    this.#parity = options.role === 'client' ? 1 : 0;
    this.#nextStream = options.role === 'client' ? 1 : 2;
    this.#socket.on('drain', () => this.#wake());
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#wake());
    this.#write(encodeFrame.initialWindow(INITIAL_WINDOW_BYTES));
    this.closed = this.#run();
  }

  /** Opens a stream and waits for the peer's answer. Throws StreamsError StreamReset or ConnectionClosed. */
  async openStream(headers: SpdyHeaders): Promise<SpdyStream> {
    if (this.#ended) throw new StreamsError('ConnectionClosed', 'the connection is closed');
    const id = this.#nextStream;
    this.#nextStream += 2;
    const stream = new SpdyStream(this, id, headers, this.#peerInitialWindow);
    this.#streams.set(id, stream);
    const answered = new Promise<void>((resolve, reject) => this.#replies.set(id, { resolve, reject }));
    this.#write(encodeFrame.synStream(id, this.#encoder.encode(headers), false));
    await answered;
    return stream;
  }

  /** Says goodbye and closes the socket once everything written so far has left. */
  async close(): Promise<void> {
    if (!this.#ended) this.#write(encodeFrame.goAway(this.#lastRemoteStream, 0));
    this.#endSocket();
    await this.closed;
  }

  /** Drops the connection at once. */
  abort(): void {
    this.#socket.destroy();
  }

  async #run(): Promise<void> {
    const frames = new FrameDecoder();
    let failure: unknown;
    try {
      for await (const chunk of arrivals(this.#socket)) {
        for (const frame of frames.push(chunk)) await this.#handle(frame);
      }
    } catch (error) {
      failure = error;
      if (error instanceof StreamsError) this.#write(encodeFrame.goAway(this.#lastRemoteStream, 1));
    }
    this.#finish(failure);
  }

  #finish(failure: unknown): void {
    this.#ended = true;
    this.#decoder.close();
    const gone = new StreamsError('ConnectionClosed', 'the connection closed before the stream was answered');
    for (const reply of this.#replies.values()) reply.reject(gone);
    this.#replies.clear();
    for (const stream of [...this.#streams.values()]) stream.receiveReset();
    this.#wake();
    if (failure === undefined || failure instanceof StreamsError) this.#endSocket();
    else this.#socket.destroy();
  }

  #endSocket(): void {
    if (this.#socket.writableEnded) return;
    const cancel = this.#clock.schedule(CLOSE_GRACE_MS, () => this.#socket.destroy());
    this.#socket.once('close', cancel);
    this.#socket.end();
  }

  async #handle(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'syn-stream':
        return this.#acceptStream(frame.stream, frame.fin, await this.#decoder.decode(frame.block));
      case 'syn-reply':
        await this.#decoder.decode(frame.block);
        this.#replies.get(frame.stream)?.resolve();
        this.#replies.delete(frame.stream);
        if (frame.fin) this.#streams.get(frame.stream)?.receiveEnd();
        return;
      case 'headers':
        await this.#decoder.decode(frame.block);
        if (frame.fin) this.#streams.get(frame.stream)?.receiveEnd();
        return;
      case 'data':
        return this.#receiveData(frame.stream, frame.data, frame.fin);
      case 'rst-stream':
        return this.#receiveReset(frame.stream, frame.status);
      case 'ping':
        if (frame.id % 2 !== this.#parity) this.#write(encodeFrame.ping(frame.id));
        return;
      case 'settings':
        return this.#receiveSettings(frame.values.get(INITIAL_WINDOW_SETTING));
      case 'window-update':
        return this.#receiveWindow(frame.stream, frame.delta);
      case 'go-away':
      case 'unknown':
        return;
    }
  }

  #acceptStream(id: number, fin: boolean, headers: SpdyHeaders): void {
    if (id % 2 === this.#parity || id <= this.#lastRemoteStream) {
      throw new StreamsError('ProtocolViolation', `the peer opened stream ${id}, which is not its to open`);
    }
    this.#lastRemoteStream = id;
    if (this.#streams.size >= STREAMS_PER_CONNECTION_MAX) {
      this.#write(encodeFrame.reset(id, ResetStatus.refusedStream));
      return;
    }
    const stream = new SpdyStream(this, id, headers, this.#peerInitialWindow);
    this.#streams.set(id, stream);
    this.#write(encodeFrame.synReply(id, this.#encoder.encode({})));
    this.#onStream(stream);
    if (fin) stream.receiveEnd();
  }

  async #receiveData(id: number, data: Buffer, fin: boolean): Promise<void> {
    const stream = this.#streams.get(id);
    if (stream === undefined) return this.#acknowledge(data.length);
    // The read buffer of the socket is reused for nothing else, so the slice may be kept.
    if (data.length > 0) await stream.receive(data);
    if (fin) stream.receiveEnd();
  }

  #receiveReset(id: number, status: number): void {
    const reply = this.#replies.get(id);
    this.#replies.delete(id);
    this.#streams.get(id)?.receiveReset();
    this.#wake();
    reply?.reject(new StreamsError('StreamReset', `the peer refused the stream with status ${status}`));
  }

  #receiveSettings(initialWindow: number | undefined): void {
    if (initialWindow === undefined) return;
    this.#peerKeepsWindows = true;
    for (const stream of this.#streams.values()) stream.sendWindow += initialWindow - this.#peerInitialWindow;
    this.#peerInitialWindow = initialWindow;
    this.#wake();
  }

  #receiveWindow(id: number, delta: number): void {
    this.#peerKeepsWindows = true;
    const stream = this.#streams.get(id);
    if (id === 0) this.#sendWindow += delta;
    else if (stream !== undefined) stream.sendWindow += delta;
    this.#wake();
  }

  async send(stream: SpdyStream, data: Buffer, fin: boolean): Promise<void> {
    let offset = 0;
    do {
      const room = await this.#room(stream, data.length - offset);
      const piece = data.subarray(offset, offset + room);
      offset += piece.length;
      const last = offset === data.length;
      this.#write(encodeFrame.dataHead(stream.id, piece.length, fin && last), piece);
      stream.sendWindow -= piece.length;
      this.#sendWindow -= piece.length;
      await afterArrivals();
    } while (offset < data.length);
  }

  /** Waits until up to `wanted` bytes may be sent. */
  async #room(stream: SpdyStream, wanted: number): Promise<number> {
    for (;;) {
      if (this.#ended || stream.destroyed || stream.cutOff || this.#socket.destroyed) {
        throw new StreamsError('ConnectionClosed', 'the stream is closed');
      }
      const window = this.#peerKeepsWindows ? Math.min(stream.sendWindow, this.#sendWindow) : DATA_FRAME_BYTES_MAX;
      if ((wanted === 0 || window > 0) && !this.#socket.writableNeedDrain) {
        return Math.max(0, Math.min(wanted, window, DATA_FRAME_BYTES_MAX));
      }
      await new Promise<void>((resolve) => this.#waitingForRoom.push(resolve));
    }
  }

  reset(stream: SpdyStream, status: number): void {
    if (!this.#ended) this.#write(encodeFrame.reset(stream.id, status));
  }

  consumed(stream: SpdyStream, bytes: number): void {
    // A peer without windows must not be told of them: it may have closed its socket right after its last word, and bytes that
    // it never reads make the system reset the connection, which throws away what we have not read yet.
    if (!this.#peerKeepsWindows) return;
    stream.unacknowledged += bytes;
    if (stream.unacknowledged >= WINDOW_UPDATE_BYTES_MIN && !stream.readableEnded) {
      this.#write(encodeFrame.windowUpdate(stream.id, stream.unacknowledged));
      stream.unacknowledged = 0;
    }
    this.#acknowledge(bytes);
  }

  forget(stream: SpdyStream): void {
    this.#streams.delete(stream.id);
    this.#wake();
  }

  #acknowledge(bytes: number): void {
    if (!this.#peerKeepsWindows) return;
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < WINDOW_UPDATE_BYTES_MIN) return;
    this.#write(encodeFrame.windowUpdate(0, this.#unacknowledged));
    this.#unacknowledged = 0;
  }

  #wake(): void {
    const waiting = this.#waitingForRoom;
    this.#waitingForRoom = [];
    for (const resolve of waiting) resolve();
  }

  #write(...parts: readonly Buffer[]): void {
    if (this.#ended || this.#socket.destroyed || this.#socket.writableEnded) return;
    for (const part of parts) this.#socket.write(part);
  }
}

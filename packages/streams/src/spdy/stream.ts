import { Duplex } from 'node:stream';
import { StreamsError } from '../errors.ts';
import { ResetStatus } from './frames.ts';
import type { SpdyHeaders } from './header-block.ts';

/** What a stream needs of its connection. */
export interface StreamCarrier {
  /** Resolves once the bytes are handed to the socket within both flow-control windows. */
  send(stream: SpdyStream, data: Buffer, fin: boolean): Promise<void>;
  reset(stream: SpdyStream, status: number): void;
  /** Bytes of the stream were consumed here. */
  consumed(stream: SpdyStream, bytes: number): void;
  forget(stream: SpdyStream): void;
}

/** One side may be this far ahead of the reader before the whole connection waits for it. */
export const STREAM_BUFFER_BYTES_MAX = 262_144;

/**
 * One SPDY stream as a Node duplex: writing waits for the peer's window and the socket, reading gives window back.
 * `end()` closes this side only; `destroy()` resets the stream unless both sides have ended.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  /** Bytes that may still be sent; negative after the peer lowered its initial window. */
  sendWindow: number;
  /** Consumed here and not yet told to the peer. */
  unacknowledged = 0;
  readonly #carrier: StreamCarrier;
  #queue: Buffer[] = [];
  #queued = 0;
  #wanted = false;
  #remoteEnded = false;
  #localEnded = false;
  #cutOff = false;
  #wrote = false;
  #drained: (() => void)[] = [];

  constructor(carrier: StreamCarrier, id: number, headers: SpdyHeaders, sendWindow: number) {
    super({ allowHalfOpen: true, readableHighWaterMark: 65_536, writableHighWaterMark: 65_536 });
    this.id = id;
    this.headers = headers;
    this.sendWindow = sendWindow;
    this.#carrier = carrier;
    // A reset must not end the process when the stream's user looks only at 'close'.
    this.on('error', () => {});
  }

  /** True once the peer can receive nothing more. */
  get cutOff(): boolean {
    return this.#cutOff;
  }

  /** Called by the connection. Resolves when there is room for more. */
  receive(data: Buffer): Promise<void> | undefined {
    if (this.destroyed || this.#remoteEnded) {
      this.#carrier.consumed(this, data.length);
      return undefined;
    }
    this.#queue.push(data);
    this.#queued += data.length;
    this.#flush();
    if (this.#queued <= STREAM_BUFFER_BYTES_MAX || this.destroyed) return undefined;
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Called by the connection: the peer will send nothing more. */
  receiveEnd(): void {
    if (this.#remoteEnded) return;
    this.#remoteEnded = true;
    this.#flush();
  }

  /**
   * Called by the connection: the peer has reset the stream, or has gone. What it sent before still counts, and then the
   * stream ends: Go's servers finish a session by writing its outcome and resetting every stream.
   */
  receiveReset(): void {
    this.#cutOff = true;
    this.#localEnded = true;
    this.receiveEnd();
  }

  #flush(): void {
    while (this.#wanted && this.#queue.length > 0) {
      const data = this.#queue.shift()!;
      this.#queued -= data.length;
      this.#wanted = this.push(data);
      this.#carrier.consumed(this, data.length);
    }
    if (this.#queued <= STREAM_BUFFER_BYTES_MAX) this.#release();
    if (this.#remoteEnded && this.#queue.length === 0) {
      this.push(null);
    }
  }

  #release(): void {
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }

  override _read(): void {
    this.#wanted = true;
    this.#flush();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#wrote = true;
    const failed = (error: Error) => {
      // A failed write destroys the stream, and with it what is still to be read; so it fails only after that was read.
      if (this.#cutOff && !this.readableEnded) callback();
      else callback(error);
    };
    if (this.#cutOff) failed(new StreamsError('StreamReset', 'the peer has reset the stream'));
    else this.#carrier.send(this, chunk, false).then(() => callback(), failed);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#localEnded = true;
    if (this.#cutOff) return callback();
    this.#carrier.send(this, Buffer.alloc(0), true).then(
      () => callback(),
      (error: Error) => callback(this.#cutOff ? null : error),
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // A peer that has ended a stream on which nothing was ever sent its way needs no reset. Container runtimes close their
    // socket right after their last word, and bytes that reach a closed socket make the system throw away that word.
    const hasEnded = this.#remoteEnded && (this.#localEnded || !this.#wrote);
    if (!hasEnded) this.#carrier.reset(this, ResetStatus.cancel);
    if (this.#queued > 0) this.#carrier.consumed(this, this.#queued);
    this.#queue = [];
    this.#queued = 0;
    this.#release();
    this.#carrier.forget(this);
    callback(error);
  }
}

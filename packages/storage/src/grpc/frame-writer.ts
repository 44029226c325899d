import { Flag, FRAME_HEAD_BYTES, FrameType, PREFACE, writeFrameHead } from './frames.ts';
import type { Outbox } from './outbox.ts';

/** gRPC's head of a message: whether it is compressed, and its length. */
export const MESSAGE_HEAD_BYTES = 5;

interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly length: number;
}

/** Puts frames into the outbox. */
export class FrameWriter {
  readonly #outbox: Outbox;
  readonly #frameBytesMax: () => number;

  constructor(outbox: Outbox, frameBytesMax: () => number) {
    this.#outbox = outbox;
    this.#frameBytesMax = frameBytesMax;
  }

  preface(): void {
    this.#outbox.put(PREFACE.length, (target, at) => void PREFACE.copy(target, at));
  }
  settings(settings: readonly (readonly [name: number, value: number])[]): void {
    const length = settings.length * 6;
    this.frame({ type: FrameType.settings, flags: 0, stream: 0, length }, (target, start) => {
      let at = start;
      for (const [name, value] of settings) at = target.writeUInt32BE(value, target.writeUInt16BE(name, at));
    });
  }
  ping(data: Buffer, flags: number): void {
    this.frame({ type: FrameType.ping, flags, stream: 0, length: 8 }, (target, at) => void data.copy(target, at));
  }
  reset(stream: number, code: number): void {
    const head = { type: FrameType.reset, flags: 0, stream, length: 4 };
    this.frame(head, (target, at) => void target.writeUInt32BE(code, at));
  }
  goAway(lastStream: number, code: number): void {
    this.frame({ type: FrameType.goAway, flags: 0, stream: 0, length: 8 }, (target, at) => {
      target.writeUInt32BE(lastStream, at);
      target.writeUInt32BE(code, at + 4);
    });
  }
  /** Room for so many more bytes, of a stream or (0) of all. */
  grant(stream: number, bytes: number): void {
    const head = { type: FrameType.windowUpdate, flags: 0, stream, length: 4 };
    this.frame(head, (target, at) => void target.writeUInt32BE(bytes, at));
  }

  headers(stream: number, block: Buffer, end: boolean): void {
    const max = this.#frameBytesMax();
    for (let start = 0; start === 0 || start < block.length; start += max) {
      const length = Math.min(block.length - start, max);
      const type = start === 0 ? FrameType.headers : FrameType.continuation;
      const flags = (end && start === 0 ? Flag.endStream : 0) | (start + length === block.length ? Flag.endHeaders : 0);
      const from = start;
      this.frame({ type, flags, stream, length }, (target, at) => void block.copy(target, at, from, from + length));
    }
  }
  data(stream: number, bytes: Buffer, end: boolean): void {
    const head = { type: FrameType.data, flags: end ? Flag.endStream : 0, stream, length: bytes.length };
    this.frame(head, (target, at) => void bytes.copy(target, at));
  }
  /** One gRPC message in one frame. */
  message(stream: number, message: Uint8Array, end: boolean): void {
    const length = MESSAGE_HEAD_BYTES + message.length;
    this.frame({ type: FrameType.data, flags: end ? Flag.endStream : 0, stream, length }, (target, at) => {
      target[at] = 0;
      target.writeUInt32BE(message.length, at + 1);
      target.set(message, at + MESSAGE_HEAD_BYTES);
    });
  }

  frame(head: FrameHead, write?: (target: Buffer, at: number) => void): void {
    this.#outbox.put(FRAME_HEAD_BYTES + head.length, (target, at) => {
      writeFrameHead(target, at, head);
      write?.(target, at + FRAME_HEAD_BYTES);
    });
  }

  /** Calls back when everything so far is with the system. */
  whenSent(callback: () => void): void {
    this.#outbox.whenSent(callback);
  }
  flush(): void {
    this.#outbox.flush();
  }
}

/** One stream of an HTTP/2 session: a call. */
import type { Field } from './hpack-table.ts';

export interface StreamHandlers {
  onHeaders(fields: readonly Field[], ended: boolean): void;
  /** The bytes are a part of what was received. */
  onData(bytes: Buffer, ended: boolean): void;
  /** The stream is over before its time. `untouched`: the other side has certainly not looked at it. */
  onReset(reason: string, untouched: boolean): void;
}

/** What waits for room in the other side's windows: bytes, or the fields that end the stream. */
export interface Outgoing {
  readonly bytes?: Buffer;
  readonly fields?: readonly Field[];
  /** The fields will hardly be sent again. */
  readonly once?: boolean;
  readonly end: boolean;
  readonly sent?: (() => void) | undefined;
}

export class Stream {
  /** 0 until it has begun. */
  id = 0;
  /** Bytes that the other side takes. */
  window = 0;
  handlers: StreamHandlers;
  readonly queue: Outgoing[] = [];
  /** How much of the first in the queue has been sent. */
  queueAt = 0;
  /** Received bytes that the other side has not been given room for again. */
  taken = 0;
  localEnded = false;
  remoteEnded = false;
  over = false;

  constructor(handlers: StreamHandlers) {
    this.handlers = handlers;
  }
}

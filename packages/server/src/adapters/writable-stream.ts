import type { Writable } from 'node:stream';
import type { ResponseStream } from '../http-contract.ts';
import { STREAM_UNSENT_BYTES_MAX, UNREAD_ANSWER_BYTES_MAX, UNREAD_RESPONSE_MS_MAX } from '../limits.ts';

/** Where the bytes of a response go, and in what form. */
export interface ResponseBody {
  readonly target: Writable;
  readonly frame: (chunk: Uint8Array) => Uint8Array;
}

/**
 * A ResponseStream over any of Node's writable streams. `destroy` cuts it in the protocol's own way; with `body`, bytes go there
 * instead of through the stream itself.
 */
export function responseStreamOver(
  writable: Writable,
  destroy: () => void,
  body: ResponseBody = { target: writable, frame: (chunk) => chunk },
): ResponseStream {
  const { target, frame } = body;
  let closed = writable.destroyed;
  let ended = false;
  const listeners: (() => void)[] = [];
  const close = () => {
    if (closed) return;
    closed = true;
    for (const listener of listeners.splice(0)) listener();
  };
  const cut = () => {
    destroy();
    close();
  };
  writable.once('close', close).once('finish', close).on('error', close);
  return {
    write(chunk, done) {
      if (closed || ended) return false;
      if (done === undefined) target.write(frame(chunk));
      else target.write(frame(chunk), done);
      return target.writableLength < STREAM_UNSENT_BYTES_MAX;
    },
    get unsentBytes() {
      return closed ? 0 : target.writableLength;
    },
    drained(waitMsMax) {
      if (closed || !target.writableNeedDrain) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = waitMsMax === undefined ? undefined : setTimeout(cut, waitMsMax);
        const done = () => {
          clearTimeout(timer);
          target.off('drain', done);
          writable.off('close', done).off('error', done);
          resolve();
        };
        target.on('drain', done);
        writable.on('close', done).on('error', done);
      });
    },
    get closed() {
      return closed;
    },
    onClose(callback) {
      if (closed) callback();
      else listeners.push(callback);
    },
    end() {
      if (closed || ended) return;
      ended = true;
      writable.end();
    },
    destroy: cut,
  };
}

/** Cuts a whole answer that its client does not read. Small ones cost little, and most are taken at once. */
export function cutUnread(writable: Writable, bytes: number, cut: () => void): void {
  if (bytes <= UNREAD_ANSWER_BYTES_MAX) return;
  const timer = setTimeout(cut, UNREAD_RESPONSE_MS_MAX);
  writable.once('finish', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}

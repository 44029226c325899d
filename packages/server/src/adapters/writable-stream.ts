import type { Writable } from 'node:stream';
import type { ResponseStream } from '../http-contract.ts';
import { STREAM_UNSENT_BYTES_MAX } from '../limits.ts';

/** A ResponseStream over any of Node's writable streams. `destroy` cuts it in the protocol's own way. */
export function responseStreamOver(writable: Writable, destroy: () => void): ResponseStream {
  let closed = writable.destroyed;
  let ended = false;
  const listeners: (() => void)[] = [];
  const close = () => {
    if (closed) return;
    closed = true;
    for (const listener of listeners.splice(0)) listener();
  };
  writable.once('close', close).once('finish', close).on('error', close);
  return {
    write(chunk) {
      if (closed || ended) return false;
      writable.write(chunk);
      return writable.writableLength < STREAM_UNSENT_BYTES_MAX;
    },
    get unsentBytes() {
      return closed ? 0 : writable.writableLength;
    },
    drained() {
      if (closed || !writable.writableNeedDrain) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          writable.off('drain', done).off('close', done).off('error', done);
          resolve();
        };
        writable.on('drain', done).on('close', done).on('error', done);
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
    destroy() {
      destroy();
      close();
    },
  };
}

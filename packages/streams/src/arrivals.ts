/** Reading what has arrived on a socket, whatever becomes of it meanwhile. */
import type { Duplex } from 'node:stream';

/** Held here before the socket is told to wait. */
const HELD_BYTES_MAX = 262_144;

/**
 * Every chunk that the stream receives, to the last, even when it is destroyed meanwhile: a peer that says its last word and
 * hangs up makes our next write fail, that destroys the socket, and its own iterator would forget what is not yet read.
 * Throws the stream's error after the last chunk. Returning early leaves the stream paused, not destroyed.
 */
export async function* arrivals(stream: Duplex): AsyncGenerator<Buffer, void, undefined> {
  const held: Buffer[] = [];
  let bytes = 0;
  let over = stream.destroyed || stream.readableEnded;
  let failure: Error | undefined;
  let wake = () => {};
  const onData = (chunk: Buffer) => {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes > HELD_BYTES_MAX) stream.pause();
    wake();
  };
  const onOver = () => {
    over = true;
    wake();
  };
  const onError = (error: Error) => {
    failure = error;
    onOver();
  };
  stream.on('data', onData).on('end', onOver).on('close', onOver).on('error', onError);
  try {
    for (;;) {
      const chunk = held.shift();
      if (chunk !== undefined) {
        bytes -= chunk.length;
        if (bytes <= HELD_BYTES_MAX && stream.isPaused()) stream.resume();
        yield chunk;
      } else if (over) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    if (failure !== undefined) throw failure;
  } finally {
    stream.off('data', onData).off('end', onOver).off('close', onOver).off('error', onError);
    stream.pause();
  }
}

/**
 * Resolves once the system has been asked for what has arrived. Between two writes it makes sure that the last words of a
 * peer are read before a write can fail because it has gone.
 */
export function afterArrivals(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

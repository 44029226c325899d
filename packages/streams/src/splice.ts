/** Two duplex streams as one: what either side sends, the other gets, to the last byte. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { afterArrivals, arrivals } from './arrivals.ts';

/** A side that neither reads nor ends after the other has gone is let go when it was idle for so long. */
const LINGER_MS = 5_000;
/** What a side still sends after it has been told everything is read and dropped up to here, so that it can finish listening. */
const DROPPED_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Copies both directions, each half-close passed on, until both are done; both are destroyed then. What one side sent before it
 * went away still reaches the other, however slowly that reads. Never rejects.
 */
export async function splice(left: Duplex, right: Duplex): Promise<void> {
  await Promise.all([copy(left, right), copy(right, left)]);
  await Promise.all([hungUp(left), hungUp(right)]);
  left.destroy();
  right.destroy();
}

/**
 * Not `pipeline`: when the far side of `to` has gone, that destroys `from` too, and with it what is still on its way out
 * there in the other direction.
 */
async function copy(from: Duplex, to: Duplex): Promise<void> {
  try {
    for await (const chunk of arrivals(from)) {
      if (!to.writable) break;
      if (!to.write(chunk)) await roomIn(to);
      await afterArrivals();
    }
  } catch {
    // It broke off; what came before has been passed on.
  }
  if (from.destroyed) lingerOn(to);
  else from.once('close', () => lingerOn(to));
  if (to.writable) to.end();
  await finished(to, { readable: false }).catch(() => {});
}

/**
 * Resolves when the peer has hung up too. To close a socket with something unread makes the system reset the connection, and a
 * peer that is still sending may lose the end of what it was told.
 */
function hungUp(stream: Duplex): Promise<void> {
  if (stream.destroyed || stream.readableEnded) return Promise.resolve();
  lingerOn(stream);
  let dropped = 0;
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      dropped += chunk.length;
      if (dropped > DROPPED_BYTES_MAX) resolve();
    });
    for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve());
    stream.resume();
  });
}

function lingerOn(stream: Duplex): void {
  (stream as Partial<Socket>).setTimeout?.(LINGER_MS, () => stream.destroy());
}

/** Resolves when more may be written, or when nothing more can be. */
function roomIn(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error', 'finish']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error', 'finish']) stream.on(event, done);
  });
}

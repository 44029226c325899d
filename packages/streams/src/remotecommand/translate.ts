/**
 * Carries a session of one framing over another: what the API server does for WebSocket v5 clients, because container
 * runtimes speak only SPDY v4 (KEP-4006).
 */
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RemoteCommandSession } from './session.ts';
import type { SpdyCommandClient } from './spdy.ts';
import { outcomeBytes } from './status.ts';

/** A Status is a few hundred bytes. */
const ERROR_STREAM_BYTES_MAX = 65_536;

async function readAtMost(stream: Readable, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += (chunk as Buffer).length;
    if (length > bytesMax) break;
    parts.push(chunk as Buffer);
  }
  return Buffer.concat(parts);
}

async function copy(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (from === undefined || to === undefined) return;
  await pipeline(from, to).catch(() => {});
}

/**
 * Copies in both directions until the runtime ends the session, then finishes the client's side with what the runtime
 * put on its error stream. Never rejects.
 */
export async function translateCommand(session: RemoteCommandSession, upstream: SpdyCommandClient): Promise<void> {
  session.signal.addEventListener('abort', () => upstream.connection.abort(), { once: true });
  if (session.signal.aborted) upstream.connection.abort();
  void copy(session.stdin, upstream.stdin);
  void copy(session.resize, upstream.resize);
  const outputs = [forward(upstream.stdout, session.stdout), forward(upstream.stderr, session.stderr)];
  const outcome = await readAtMost(upstream.error, ERROR_STREAM_BYTES_MAX).catch(() => Buffer.alloc(0));
  await Promise.all(outputs);
  // From v4 on a runtime reports success too, so silence means that it went away in the middle.
  const lost = outcomeBytes({ kind: 'error', message: 'the connection to the container was lost' }, session.protocol);
  await session.finish(outcome.length > 0 || !upstream.reportsOutcome ? outcome : lost);
  await upstream.connection.close();
}

/** Like copy, but leaves the end of `to` to the session's finish. */
async function forward(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (from === undefined || to === undefined) return;
  await pipeline(from, to, { end: false }).catch(() => {});
}

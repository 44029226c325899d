/** The server's end of one exec or attach session, whatever framing carries it. */
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

export interface RemoteCommandOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface RemoteCommandSession {
  /** The negotiated name, such as `v4.channel.k8s.io`. */
  readonly protocol: string;
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  /** JSON terminal sizes as the client sends them; see `terminalSizes`. */
  readonly resize?: Readable;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** Flushes the output, writes these bytes on the error stream and ends the session. Never rejects. */
  finish(errorStream: Uint8Array): Promise<void>;
}

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** A terminal size is some 30 bytes; a client that sends more without finishing one is not sending sizes. */
const RESIZE_BYTES_MAX = 4_096;

/** Reads the sizes of a resize stream; ends with it, and at the first one that cannot be read. */
export async function* terminalSizes(resize: Readable | undefined): AsyncGenerator<TerminalSize> {
  if (resize === undefined) return;
  let pending = '';
  try {
    for await (const chunk of resize) {
      pending += String(chunk);
      if (pending.length > RESIZE_BYTES_MAX) return;
      for (let end = pending.indexOf('}'); end !== -1; end = pending.indexOf('}')) {
        const size = JSON.parse(pending.slice(0, end + 1)) as { Width?: unknown; Height?: unknown };
        pending = pending.slice(end + 1);
        if (typeof size.Width === 'number' && typeof size.Height === 'number') {
          yield { width: size.Width, height: size.Height };
        }
      }
    }
  } catch {
    // A size that cannot be read ends resizing, never the session.
  }
}

/** Ends a stream and resolves when its bytes are handed on, or the peer is gone. */
export async function flushed(stream: Writable | undefined, last?: Uint8Array): Promise<void> {
  if (stream === undefined) return;
  if (!stream.destroyed && !stream.writableEnded) {
    if (last === undefined || last.length === 0) stream.end();
    else stream.end(last);
  }
  await finished(stream, { readable: false }).catch(() => {});
}

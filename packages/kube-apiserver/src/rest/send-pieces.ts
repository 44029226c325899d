/** Sends a list piece by piece: no stretch of it holds the event loop for long, and no more waits than the client reads. */
import type { ResponseStream } from '@steersman/server';
import type { CacheEntry } from '../cache/entry.ts';
import type { Exchange, Outcome } from '../pipeline/exchange.ts';
import { chunkBuffers } from './chunk-buffers.ts';
import { openBody } from './compress.ts';
import type { ListForm } from './list-forms.ts';
import type { RestContext } from './rest-context.ts';

/** How long items are encoded before others get their turn. */
const STRETCH_MS_MAX = 5;
/** Items between two looks at the clock. */
const ITEMS_PER_LOOK = 16;

export async function sendPieces(
  rest: RestContext,
  exchange: Exchange,
  form: ListForm,
  entries: readonly CacheEntry[],
  work: { encodes: number; bytesCopied: number },
): Promise<Outcome> {
  const breath = stretches(rest);
  work.encodes += entries.length;
  if (form.measured) {
    const encoded = await encodeAll(form, entries, breath);
    work.bytesCopied += encoded.bytes;
    return sendMeasured(exchange, form, encoded);
  }
  const { head, tail } = form.ends(0);
  const body = new Body(exchange, form.type);
  await body.put(head);
  for (let index = 0; index < entries.length; index++) {
    const item = form.item(entries[index]!, index);
    work.bytesCopied += item.length;
    const waiting = body.put(item) ?? breath(index);
    if (waiting !== undefined) await waiting;
    if (body.closed) return 'answered';
  }
  await body.put(tail);
  body.end();
  return 'answered';
}

/** Tells when it is time to wait for a turn of the event loop. */
export function stretches({ effects: { clock }, turn }: RestContext): (index: number) => Promise<void> | undefined {
  let startedMs = clock.monotonic();
  return (index) => {
    if (index % ITEMS_PER_LOOK !== 0 || clock.monotonic() - startedMs < STRETCH_MS_MAX) return undefined;
    return turn().then(() => {
      startedMs = clock.monotonic();
    });
  };
}

/** A body that gathers in chunks. What fits into one is sent with its length. */
class Body {
  readonly #exchange: Exchange;
  readonly #type: string;
  #stream: ResponseStream | undefined;
  #chunk = chunkBuffers.take();
  #at = 0;

  constructor(exchange: Exchange, type: string) {
    this.#exchange = exchange;
    this.#type = type;
  }

  get closed(): boolean {
    return this.#stream?.closed ?? false;
  }

  /** Takes the piece; a promise when the client has to read first. */
  put(piece: Uint8Array): Promise<void> | undefined {
    let waiting: Promise<void> | undefined;
    if (this.#at + piece.length > this.#chunk.length) {
      this.#stream ??= openBody(this.#exchange, this.#type, undefined);
      if (!this.#write(this.#stream)) waiting = this.#stream.drained();
      this.#chunk = chunkBuffers.take(piece.length);
      this.#at = 0;
    }
    this.#chunk.set(piece, this.#at);
    this.#at += piece.length;
    return waiting;
  }

  end(): void {
    this.#stream ??= openBody(this.#exchange, this.#type, this.#at);
    this.#write(this.#stream);
    this.#stream.end();
  }

  #write(stream: ResponseStream): boolean {
    const full = this.#chunk;
    return stream.write(full.subarray(0, this.#at), () => chunkBuffers.give(full));
  }
}

interface Encoded {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
}

async function encodeAll(
  form: ListForm,
  entries: readonly CacheEntry[],
  breath: (index: number) => Promise<void> | undefined,
): Promise<Encoded> {
  const chunks: Buffer[] = [];
  let [chunk, at, bytes] = [chunkBuffers.take(), 0, 0];
  for (let index = 0; index < entries.length; index++) {
    const piece = form.item(entries[index]!, index);
    if (at + piece.length > chunk.length) {
      chunks.push(chunk.subarray(0, at));
      chunk = chunkBuffers.take(piece.length);
      at = 0;
    }
    chunk.set(piece, at);
    at += piece.length;
    bytes += piece.length;
    const waiting = breath(index);
    if (waiting !== undefined) await waiting;
  }
  return { chunks: [...chunks, chunk.subarray(0, at)], bytes };
}

async function sendMeasured(exchange: Exchange, form: ListForm, { chunks, bytes }: Encoded): Promise<Outcome> {
  const { head, tail } = form.ends(bytes);
  const stream = openBody(exchange, form.type, head.length + bytes + tail.length);
  for (const chunk of [head, ...chunks, tail]) {
    if (!stream.write(chunk)) await stream.drained();
    if (stream.closed) return 'answered';
  }
  stream.end();
  return 'answered';
}

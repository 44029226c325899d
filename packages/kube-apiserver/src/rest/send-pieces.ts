/** Sends a list piece by piece: no stretch of it holds the event loop for long, and no more waits than the client reads. */
import { type ResponseStream, UNREAD_RESPONSE_MS_MAX } from '@steersman/server';
import type { CacheEntry } from '../cache/entry.ts';
import type { Exchange, Outcome } from '../pipeline/exchange.ts';
import { chunkBuffers } from './chunk-buffers.ts';
import { openBody } from './compress.ts';
import type { ListForm } from './list-forms.ts';
import type { RestContext } from './rest-context.ts';

/** How long items are encoded before others get their turn. */
const STRETCH_MS_MAX = 5;
/** Items between two looks at the clock. */
const ITEMS_PER_LOOK = 4;
/** What all lists together may hold of items that are encoded and not yet sent; those that get nothing of it encode twice. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;
let heldBytes = 0;

type Breath = (index: number) => Promise<void> | undefined;
interface ListWork {
  encodes: number;
  bytesCopied: number;
}

export async function sendPieces(
  rest: RestContext,
  exchange: Exchange,
  form: ListForm,
  entries: readonly CacheEntry[],
  work: ListWork,
  heldBytesMax = HELD_BYTES_MAX,
): Promise<Outcome> {
  // Requests that come together begin one after the other.
  await rest.turn();
  const breath = stretches(rest);
  const held: Held = { chunks: [], kept: 0, bytes: 0, next: 0 };
  try {
    if (form.measured) await measure(held, form, entries, work, breath, heldBytesMax);
    await send(exchange, form, entries, held, work, breath);
  } finally {
    heldBytes -= held.kept;
  }
  return 'answered';
}

async function send(
  exchange: Exchange,
  form: ListForm,
  entries: readonly CacheEntry[],
  held: Held,
  work: ListWork,
  breath: Breath,
): Promise<void> {
  const { head, tail } = form.ends(held.bytes);
  const length = form.measured ? head.length + held.bytes + tail.length : undefined;
  const body = new Body(exchange, form.type, length);
  await body.put(head);
  for (const chunk of held.chunks) {
    await body.pass(chunk);
    if (body.closed) return;
  }
  for (let index = held.next; index < entries.length; index++) {
    const item = form.item(entries[index]!, index);
    work.encodes += 1;
    work.bytesCopied += item.length;
    const waiting = body.put(item) ?? breath(index);
    if (waiting !== undefined) await waiting;
    if (body.closed) return;
  }
  await body.put(tail);
  body.end();
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
  readonly #length: number | undefined;
  #stream: ResponseStream | undefined;
  #chunk = chunkBuffers.take();
  #at = 0;

  constructor(exchange: Exchange, type: string, length: number | undefined) {
    this.#exchange = exchange;
    this.#type = type;
    this.#length = length;
  }

  get closed(): boolean {
    return this.#stream?.closed ?? false;
  }

  /** Takes the piece; a promise when the client has to read first. */
  put(piece: Uint8Array): Promise<void> | undefined {
    const waiting = this.#at + piece.length > this.#chunk.length ? this.#next(piece.length) : undefined;
    this.#chunk.set(piece, this.#at);
    this.#at += piece.length;
    return waiting;
  }

  /** The same for bytes that are a chunk already and are sent as they are. */
  pass(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#at > 0) void this.#next(0);
    this.#stream ??= openBody(this.#exchange, this.#type, this.#length);
    return this.#stream.write(chunk) ? undefined : this.#stream.drained(UNREAD_RESPONSE_MS_MAX);
  }

  end(): void {
    this.#write(this.#length ?? (this.#stream === undefined ? this.#at : undefined));
    this.#stream!.end();
  }

  /** Sends the chunk and begins another, for at least that many bytes. */
  #next(bytes: number): Promise<void> | undefined {
    const goOn = this.#write(this.#length);
    this.#chunk = chunkBuffers.take(bytes);
    this.#at = 0;
    return goOn ? undefined : this.#stream!.drained(UNREAD_RESPONSE_MS_MAX);
  }

  #write(length: number | undefined): boolean {
    this.#stream ??= openBody(this.#exchange, this.#type, length);
    const full = this.#chunk;
    return this.#stream.write(full.subarray(0, this.#at), () => chunkBuffers.give(full));
  }
}

/** The first items of a list, as many as may be held, and how long all of them are. */
interface Held {
  readonly chunks: Uint8Array[];
  /** Bytes in the chunks. */
  kept: number;
  /** Bytes of all items. */
  bytes: number;
  /** The first item that is in none of the chunks. */
  next: number;
}

async function measure(
  held: Held,
  form: ListForm,
  entries: readonly CacheEntry[],
  work: ListWork,
  breath: Breath,
  heldBytesMax: number,
): Promise<void> {
  let chunk = chunkBuffers.take();
  let at = 0;
  for (let index = 0; index < entries.length; index++) {
    const piece = form.item(entries[index]!, index);
    held.bytes += piece.length;
    work.encodes += 1;
    if (held.next === index && heldBytes + piece.length <= heldBytesMax) {
      if (at + piece.length > chunk.length) {
        held.chunks.push(chunk.subarray(0, at));
        chunk = chunkBuffers.take(piece.length);
        at = 0;
      }
      chunk.set(piece, at);
      at += piece.length;
      hold(held, piece.length);
    }
    const waiting = breath(index);
    if (waiting !== undefined) await waiting;
  }
  if (at > 0) held.chunks.push(chunk.subarray(0, at));
  work.bytesCopied += held.kept;
}

function hold(held: Held, bytes: number): void {
  held.next += 1;
  held.kept += bytes;
  heldBytes += bytes;
}

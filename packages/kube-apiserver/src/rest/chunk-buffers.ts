/** Large enough that a write is cheap beside what it carries, small enough to stay in the processor's cache. */
const CHUNK_BYTES = 256 * 1024;
const SPARE_BUFFERS_MAX = 16; // 4 MiB; as many clients as read large lists at the same time without waiting.

/**
 * Buffers that lists are put together in. They are used again, because a fresh one costs the system its pages and the garbage
 * collector a visit: together more than the copying.
 */
export class ChunkBuffers {
  readonly #spare: Buffer[] = [];
  /** Buffers made so far. */
  made = 0;

  /** A buffer of at least that many bytes, with anything in it. */
  take(bytes = 0): Buffer {
    const spare = bytes <= CHUNK_BYTES ? this.#spare.pop() : undefined;
    if (spare !== undefined) return spare;
    this.made += 1;
    return Buffer.allocUnsafeSlow(Math.max(bytes, CHUNK_BYTES));
  }

  /** Nobody reads the buffer any more. */
  give(buffer: Buffer): void {
    if (buffer.length === CHUNK_BYTES && this.#spare.length < SPARE_BUFFERS_MAX) this.#spare.push(buffer);
  }
}

export const chunkBuffers = new ChunkBuffers();

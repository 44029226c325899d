import type { CacheEntry } from './entry.ts';

/** Keeps parsed objects on their entries while they fit a byte budget (counted as their JSON); the least recently used go first. */
export class ObjectLru {
  readonly #entries = new Set<CacheEntry>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** `entry.object` was set or used. */
  touch(entry: CacheEntry): void {
    if (this.#entries.delete(entry)) this.#bytes -= entry.length;
    this.#entries.add(entry);
    this.#bytes += entry.length;
    if (this.#bytes <= this.#bytesMax) return;
    for (const oldest of this.#entries) {
      this.forget(oldest);
      if (this.#bytes <= this.#bytesMax) break;
    }
  }

  forget(entry: CacheEntry): void {
    if (!this.#entries.delete(entry)) return;
    this.#bytes -= entry.length;
    entry.object = undefined;
  }
}

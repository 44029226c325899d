import type { CacheEntry } from './entry.ts';

/**
 * Keeps parsed objects on their entries within a byte budget (counted as their JSON); those not used for a while go first.
 * Two generations instead of an order by use: what is used moves to the young one, and when that holds half the budget,
 * the old one is dropped and the young one grows old. A use then costs one look-up, not a change of the order.
 */
export class ObjectLru {
  readonly #generationBytesMax: number;
  #young = new Set<CacheEntry>();
  #old = new Set<CacheEntry>();
  #youngBytes = 0;

  constructor(bytesMax: number) {
    this.#generationBytesMax = bytesMax / 2;
  }

  /** `entry.object` was set or used. */
  touch(entry: CacheEntry): void {
    if (this.#young.has(entry)) return;
    this.#old.delete(entry);
    if (this.#youngBytes + entry.length > this.#generationBytesMax) this.#turn();
    this.#young.add(entry);
    this.#youngBytes += entry.length;
  }

  has(entry: CacheEntry): boolean {
    return this.#young.has(entry) || this.#old.has(entry);
  }

  forget(entry: CacheEntry): void {
    if (this.#young.delete(entry)) this.#youngBytes -= entry.length;
    else if (!this.#old.delete(entry)) return;
    entry.object = undefined;
  }

  #turn(): void {
    for (const entry of this.#old) entry.object = undefined;
    this.#old = this.#young;
    this.#young = new Set();
    this.#youngBytes = 0;
  }
}

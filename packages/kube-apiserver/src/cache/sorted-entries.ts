import type { CacheEntry } from './entry.ts';

/** The entries of one namespace (or of a cluster-scoped resource), by name and in the order of names. */
export class SortedEntries {
  /** In the order of names. Replaced, not edited, while a snapshot of it is out. */
  #sorted: CacheEntry[] = [];
  #shared = false;

  get size(): number {
    return this.#sorted.length;
  }

  /** The entries now, in order; later changes do not show in it. */
  snapshot(): readonly CacheEntry[] {
    this.#shared = true;
    return this.#sorted;
  }

  set(entry: CacheEntry): void {
    const at = this.position(entry.name);
    const present = this.#sorted[at]?.name === entry.name;
    this.#own();
    if (present) this.#sorted[at] = entry;
    else if (at === this.#sorted.length) this.#sorted.push(entry);
    else this.#sorted.splice(at, 0, entry);
  }

  delete(name: string): void {
    const at = this.position(name);
    if (this.#sorted[at]?.name !== name) return;
    this.#own();
    this.#sorted.splice(at, 1);
  }

  /** The index of the first entry whose name is not below `name`. */
  position(name: string): number {
    const last = this.#sorted.at(-1);
    if (last === undefined || last.name < name) return this.#sorted.length;
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]!.name < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #own(): void {
    if (!this.#shared) return;
    this.#sorted = this.#sorted.slice();
    this.#shared = false;
  }
}

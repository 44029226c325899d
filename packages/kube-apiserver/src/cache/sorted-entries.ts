import type { CacheEntry } from './entry.ts';

const RUN_ENTRIES_MAX = 512; // What an insertion moves and a write after a snapshot copies: about a microsecond.

/**
 * The entries of one namespace (or of a cluster-scoped resource), by name and in the order of names. Kept in runs of bounded
 * length, so that a change costs the same among a hundred entries and a hundred thousand.
 */
export class SortedEntries {
  /** None is empty; all of one run come before all of the next. */
  #runs: CacheEntry[][] = [];
  /** Runs that no snapshot shows: these may be edited, others are replaced. */
  #owned = new Set<CacheEntry[]>();
  #snapshot: readonly (readonly CacheEntry[])[] | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The entries now, in order, in runs; later changes do not show in it. */
  snapshot(): readonly (readonly CacheEntry[])[] {
    if (this.#snapshot === undefined) {
      this.#snapshot = this.#runs.slice();
      this.#owned = new Set();
    }
    return this.#snapshot;
  }

  set(entry: CacheEntry): void {
    const index = this.#runOf(entry.name);
    if (index === this.#runs.length) return this.#append(entry);
    const at = position(this.#runs[index]!, entry.name);
    const run = this.#own(index);
    if (run[at]!.name === entry.name) {
      run[at] = entry;
      return;
    }
    run.splice(at, 0, entry);
    this.#size += 1;
    if (run.length > RUN_ENTRIES_MAX) this.#insertRun(index + 1, run.splice(run.length >> 1));
  }

  delete(name: string): void {
    const index = this.#runOf(name);
    if (index === this.#runs.length) return;
    const at = position(this.#runs[index]!, name);
    if (this.#runs[index]![at]!.name !== name) return;
    const run = this.#own(index);
    run.splice(at, 1);
    this.#size -= 1;
    if (run.length > 0) return;
    this.#runs.splice(index, 1);
    this.#owned.delete(run);
  }

  /** The first run that ends at or after the name; the number of runs when none does. */
  #runOf(name: string): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const run = this.#runs[middle]!;
      if (run[run.length - 1]!.name < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Names often grow, as counters and times do: full runs then stay full. */
  #append(entry: CacheEntry): void {
    const last = this.#runs.length - 1;
    if (last < 0 || this.#runs[last]!.length >= RUN_ENTRIES_MAX) this.#insertRun(last + 1, [entry]);
    else this.#own(last).push(entry);
    this.#size += 1;
  }

  #insertRun(index: number, run: CacheEntry[]): void {
    this.#runs.splice(index, 0, run);
    this.#owned.add(run);
    this.#snapshot = undefined;
  }

  /** The run, for editing. */
  #own(index: number): CacheEntry[] {
    this.#snapshot = undefined;
    const run = this.#runs[index]!;
    if (this.#owned.has(run)) return run;
    const own = run.slice();
    this.#runs[index] = own;
    this.#owned.add(own);
    return own;
  }
}

/** The index of the first entry of a run whose name is not below `name`. */
function position(run: readonly CacheEntry[], name: string): number {
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (run[middle]!.name < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

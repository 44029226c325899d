import type { CacheEntry } from './entry.ts';

const NOTHING: readonly CacheEntry[] = [];

/**
 * The entries by the value of one field, so that each of thousands of kubelets that asks for its own pods costs what these cost,
 * and not a look at every pod of the cluster.
 */
export class FieldIndex {
  readonly field: string;
  /** Those of one value in the order of their keys; a list that was given out is not changed any more. */
  readonly #byValue = new Map<string, CacheEntry[]>();
  readonly #givenOut = new WeakSet<readonly CacheEntry[]>();

  constructor(field: string) {
    this.field = field;
  }

  add(entry: CacheEntry): void {
    const value = this.#valueOf(entry);
    if (value === '') return;
    const present = this.#byValue.get(value);
    if (present === undefined) this.#byValue.set(value, [entry]);
    else this.#own(value, present).splice(placeOf(present, entry.key), 0, entry);
  }

  delete(entry: CacheEntry): void {
    const value = this.#valueOf(entry);
    const present = this.#byValue.get(value);
    if (present === undefined) return;
    const at = placeOf(present, entry.key);
    if (present[at] !== entry) return;
    if (present.length === 1) this.#byValue.delete(value);
    else this.#own(value, present).splice(at, 1);
  }

  count(value: string): number {
    return this.#byValue.get(value)?.length ?? 0;
  }

  /** In the order of their keys. Safe to keep. */
  entries(value: string): readonly CacheEntry[] {
    const present = this.#byValue.get(value);
    if (present === undefined) return NOTHING;
    this.#givenOut.add(present);
    return present;
  }

  #valueOf({ fields }: CacheEntry): string {
    return fields[this.field] ?? '';
  }

  /** The list, for editing. */
  #own(value: string, present: CacheEntry[]): CacheEntry[] {
    if (!this.#givenOut.has(present)) return present;
    const own = present.slice();
    this.#byValue.set(value, own);
    return own;
  }
}

/** Where an entry with a key is or belongs. What is loaded comes in order, and belongs at the end. */
function placeOf(entries: readonly CacheEntry[], key: string): number {
  let low = 0;
  let high = entries.length;
  if (high > 0 && entries[high - 1]!.key < key) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

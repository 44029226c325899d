import type { CacheEntry } from './entry.ts';

const NOTHING: readonly CacheEntry[] = [];

/**
 * The entries by the value of one field, so that each of thousands of kubelets that asks for its own pods costs what these cost,
 * and not a look at every pod of the cluster.
 */
export class FieldIndex {
  readonly field: string;
  readonly #byValue = new Map<string, Set<CacheEntry>>();

  constructor(field: string) {
    this.field = field;
  }

  add(entry: CacheEntry): void {
    const value = entry.fields[this.field] ?? '';
    if (value === '') return;
    const present = this.#byValue.get(value);
    if (present === undefined) this.#byValue.set(value, new Set([entry]));
    else present.add(entry);
  }

  delete(entry: CacheEntry): void {
    const value = entry.fields[this.field] ?? '';
    const present = this.#byValue.get(value);
    if (present === undefined) return;
    present.delete(entry);
    if (present.size === 0) this.#byValue.delete(value);
  }

  count(value: string): number {
    return this.#byValue.get(value)?.size ?? 0;
  }

  /** In the order of their keys. */
  entries(value: string): readonly CacheEntry[] {
    const present = this.#byValue.get(value);
    return present === undefined ? NOTHING : [...present].sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

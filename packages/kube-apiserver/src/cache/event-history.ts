import type { CacheEvent } from './entry.ts';

/** The last events of one resource, so that a watch can start where a list ended. Bounded by bytes and count. */
export class EventHistory {
  readonly #events: (CacheEvent | undefined)[] = [];
  readonly #bytesMax: number;
  readonly #countMax: number;
  #first = 0;
  #bytes = 0;
  #startsAfter: number;

  constructor(options: { readonly bytesMax: number; readonly countMax: number; readonly startsAfter: number }) {
    this.#bytesMax = options.bytesMax;
    this.#countMax = options.countMax;
    this.#startsAfter = options.startsAfter;
  }

  /** Every event with a greater revision is still here. */
  get startsAfter(): number {
    return this.#startsAfter;
  }

  add(event: CacheEvent): void {
    this.#events.push(event);
    this.#bytes += event.entry.length;
    while (
      this.#events.length - this.#first > this.#countMax ||
      (this.#bytes > this.#bytesMax && this.#events.length - this.#first > 1)
    )
      this.#drop();
  }

  /** Events after a revision, oldest first. */
  *after(revision: number): Generator<CacheEvent> {
    let low = this.#first;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < this.#events.length; index++) yield this.#events[index]!;
  }

  #drop(): void {
    const event = this.#events[this.#first]!;
    this.#events[this.#first] = undefined;
    this.#first += 1;
    this.#bytes -= event.entry.length;
    this.#startsAfter = event.revision;
    if (this.#first > 1024 && this.#first * 2 > this.#events.length) {
      this.#events.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

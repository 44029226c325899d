/** Encoded objects lie in large byte slabs, so that the garbage collector sees one value for a thousand objects. */
const SLAB_BYTES = 1024 * 1024; // Large enough for about a thousand objects, small enough to compact within a few milliseconds.

export class Slab {
  readonly bytes: Buffer;
  /** Set where the bytes are not here: moves a range to a slab that has them. */
  readonly fetch: ((range: SlabRange) => void) | undefined;
  used = 0;
  /** Bytes of entries that are still current. */
  live = 0;
  constructor(size: number, fetch?: (range: SlabRange) => void) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.fetch = fetch;
  }
}

/** A range of a slab; whoever holds one keeps the slab alive. */
export interface SlabRange {
  slab: Slab;
  offset: number;
  readonly length: number;
}

export class SlabStore {
  readonly #slabs = new Set<Slab>();
  readonly #slabBytes: number;
  #open: Slab | undefined;

  /** With 0 every range has a slab of its own: for ranges that do not live long. */
  constructor(slabBytes: number = SLAB_BYTES) {
    this.#slabBytes = slabBytes;
  }

  /** Makes room for `length` bytes that the caller fills at once. */
  reserve(length: number): { readonly slab: Slab; readonly offset: number } {
    if (length > this.#slabBytes / 4) {
      const own = new Slab(length);
      own.used = length;
      own.live = length;
      this.#slabs.add(own);
      return { slab: own, offset: 0 };
    }
    if (this.#open === undefined || this.#open.used + length > this.#slabBytes) {
      if (this.#open !== undefined) this.#slabs.add(this.#open);
      this.#open = new Slab(this.#slabBytes);
    }
    const offset = this.#open.used;
    this.#open.used += length;
    this.#open.live += length;
    return { slab: this.#open, offset };
  }

  /** Says that a range is no longer current; true when its slab has become worth compacting. */
  release(range: SlabRange): boolean {
    const { slab } = range;
    slab.live -= range.length;
    if (slab === this.#open || !this.#slabs.has(slab)) return false;
    if (slab.live === 0) {
      this.#slabs.delete(slab);
      return false;
    }
    return slab.live < slab.bytes.length / 2;
  }

  /** Moves the given current ranges out of a slab, which is then forgotten. */
  compact(slab: Slab, current: Iterable<SlabRange>): void {
    this.#slabs.delete(slab);
    for (const range of current) {
      const target = this.reserve(range.length);
      slab.bytes.copy(target.slab.bytes, target.offset, range.offset, range.offset + range.length);
      range.slab = target.slab;
      range.offset = target.offset;
    }
  }

  get bytes(): number {
    let total = this.#open?.bytes.length ?? 0;
    for (const slab of this.#slabs) total += slab.bytes.length;
    return total;
  }
}

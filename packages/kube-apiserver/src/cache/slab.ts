/** Encoded objects lie in large byte slabs, so that the garbage collector sees one value for a thousand objects. */
const SLAB_BYTES = 1024 * 1024; // Large enough for about a thousand objects, small enough to compact within a few milliseconds.

type Allocate = (size: number) => Buffer;

const counted: Allocate = (size) => Buffer.allocUnsafeSlow(size);
/**
 * Memory whose growth does not call the garbage collector: for what is read out of the store, which comes once and stays. Otherwise the
 * first list of 100,000 pods after a start would go through the whole heap ten times, and find nothing.
 */
const uncounted: Allocate = (size) => Buffer.from(new SharedArrayBuffer(size));

export class Slab {
  readonly bytes: Buffer;
  /** Set where the bytes are not here: moves a range to a slab that has them. */
  readonly fetch: ((range: SlabRange) => void) | undefined;
  used = 0;
  /** Bytes of entries that are still current. */
  live = 0;
  /** Whether there may come more. */
  open = true;
  constructor(bytes: Buffer, fetch?: (range: SlabRange) => void) {
    this.bytes = bytes;
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
  /** Those with room for more, for what is written and for what comes out of the store. */
  #written: Slab | undefined;
  #fetched: Slab | undefined;

  /** With 0 every range has a slab of its own: for ranges that do not live long. */
  constructor(slabBytes: number = SLAB_BYTES) {
    this.#slabBytes = slabBytes;
  }

  /** Makes room for `length` bytes that the caller fills at once. */
  reserve(length: number): { readonly slab: Slab; readonly offset: number } {
    if (length > this.#slabBytes / 4) return this.#alone(length, counted);
    if (!hasRoom(this.#written, length)) this.#written = this.#next(this.#written, counted);
    return taken(this.#written, length);
  }

  /** The same for bytes that come out of the store. */
  reserveFetched(length: number): { readonly slab: Slab; readonly offset: number } {
    if (length > this.#slabBytes / 4) return this.#alone(length, uncounted);
    if (!hasRoom(this.#fetched, length)) this.#fetched = this.#next(this.#fetched, uncounted);
    return taken(this.#fetched, length);
  }

  #alone(length: number, allocate: Allocate): { readonly slab: Slab; readonly offset: number } {
    const slab = new Slab(allocate(length));
    slab.open = false;
    this.#slabs.add(slab);
    return taken(slab, length);
  }

  #next(full: Slab | undefined, allocate: Allocate): Slab {
    if (full !== undefined) full.open = false;
    const slab = new Slab(allocate(this.#slabBytes));
    this.#slabs.add(slab);
    return slab;
  }

  /** Says that a range is no longer current; true when its slab has become worth compacting. */
  release(range: SlabRange): boolean {
    const { slab } = range;
    slab.live -= range.length;
    if (slab.open || !this.#slabs.has(slab)) return false;
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
    let total = 0;
    for (const slab of this.#slabs) total += slab.bytes.length;
    return total;
  }
}

function hasRoom(slab: Slab | undefined, length: number): slab is Slab {
  return slab !== undefined && slab.used + length <= slab.bytes.length;
}

function taken(slab: Slab, length: number): { readonly slab: Slab; readonly offset: number } {
  const offset = slab.used;
  slab.used += length;
  slab.live += length;
  return { slab, offset };
}

/**
 * Numbers given away from a range in two bands (KEP-3070, KEP-3668): whoever asks for none in particular gets one from the
 * upper band, so that the lower one stays free for those who ask by number. Everything is synchronous: in one process
 * nobody can take a number twice.
 */
import type { Random } from '@steersman/machinery';

export interface BandAllocator {
  /** Takes this number; false when it is taken or outside. */
  take(number: number): boolean;
  /** Takes any free number, from the upper band while there is one; undefined when the range is full. */
  takeAny(): number | undefined;
  release(number: number): void;
  has(number: number): boolean;
  /** Those that are taken. */
  numbers(): Iterable<number>;
  readonly free: number;
}

export interface Bands {
  /** First and last number, inclusive. */
  readonly first: number;
  readonly last: number;
  /** How many numbers at the start form the lower band. */
  readonly lower: number;
}

/** Upstream's size of the lower band of a Service range. */
export function addressBands(last: number): Bands {
  const lower = Math.min(Math.max(16, Math.floor((last + 1) / 16)), 256);
  return { first: 1, last, lower: last <= 16 ? 0 : lower };
}

/** Upstream's size of the lower band of the node port range. */
export function nodePortBands(first: number, last: number): Bands {
  const size = last - first + 1;
  const lower = size < 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
  return { first, last, lower };
}

export function bandAllocator({ first, last, lower }: Bands, random: Random): BandAllocator {
  const taken = new Set<number>();
  const split = Math.min(first + lower, last + 1);
  const anyBetween = (from: number, to: number): number | undefined => {
    const size = to - from + 1;
    if (size <= 0) return undefined;
    const start = random.integer(size);
    for (let step = 0; step < size; step++) {
      const candidate = from + ((start + step) % size);
      if (!taken.has(candidate)) return candidate;
    }
    return undefined;
  };
  return {
    take(number) {
      if (number < first || number > last || taken.has(number)) return false;
      taken.add(number);
      return true;
    },
    takeAny() {
      if (taken.size >= last - first + 1) return undefined;
      const found = anyBetween(split, last) ?? anyBetween(first, split - 1);
      if (found !== undefined) taken.add(found);
      return found;
    },
    release: (number) => void taken.delete(number),
    has: (number) => taken.has(number),
    numbers: () => taken.values(),
    get free() {
      return last - first + 1 - taken.size;
    },
  };
}

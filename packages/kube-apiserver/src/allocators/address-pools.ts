/** The cluster addresses that are left, one pool per IP family. What is taken is seen in the IPAddress objects, and nowhere else. */
import type { Random } from '@steersman/machinery';
import { type AddressRange, addressRange, type Family } from './address-range.ts';
import { addressBands } from './band-allocator.ts';
import { familyOf } from './ip-families.ts';

export interface AddressPools {
  /** Of the ranges, primary first. */
  readonly families: readonly Family[];
  /** The ranges as messages show them. */
  readonly rangesText: string;
  /** Whether Services may have it at all. */
  includes(address: string): boolean;
  /** Any address that seems free, from the upper band while there is one; undefined when the range is full. */
  propose(family: Family): string | undefined;
}

/** `isTaken` need not be certain: whoever claims the address finds out. */
export function addressPools(
  ranges: readonly string[],
  random: Random,
  isTaken: (address: string) => boolean,
): AddressPools {
  const pools = ranges.map((text) => addressRange(text));
  const free = (range: AddressRange, from: number, to: number): string | undefined => {
    const size = to - from + 1;
    if (size <= 0) return undefined;
    const start = random.integer(size);
    for (let step = 0; step < size; step++) {
      const address = range.addressAt(from + ((start + step) % size));
      if (!isTaken(address)) return address;
    }
    return undefined;
  };
  return {
    families: pools.map(({ family }) => family),
    rangesText: pools.map(({ text }) => text).join(', '),
    includes(address) {
      const pool = pools.find(({ family }) => family === familyOf(address));
      const offset = pool?.offsetOf(address);
      return pool !== undefined && offset !== undefined && offset >= 1 && offset <= pool.last;
    },
    propose(family) {
      const pool = pools.find((candidate) => candidate.family === family);
      if (pool === undefined) return undefined;
      const { lower, last } = addressBands(pool.last);
      return free(pool, lower + 1, last) ?? free(pool, 1, lower);
    },
  };
}

/** The cluster addresses that are left, one pool per IP family. */
import type { Random } from '@steersman/machinery';
import { addressRange, type Family } from './address-range.ts';
import { addressBands, bandAllocator } from './band-allocator.ts';
import { familyOf } from './ip-families.ts';

export interface AddressPools {
  /** Of the ranges, primary first. */
  readonly families: readonly Family[];
  /** The ranges as messages show them. */
  readonly rangesText: string;
  take(address: string): 'ok' | 'taken' | 'outside';
  /** Any free address, or undefined when the range is full. */
  takeAny(family: Family): string | undefined;
  release(address: string): void;
}

export function addressPools(ranges: readonly string[], random: Random): AddressPools {
  const pools = ranges.map((text) => {
    const range = addressRange(text);
    return { range, free: bandAllocator(addressBands(range.last), random) };
  });
  const find = (address: string) => {
    const pool = pools.find(({ range }) => range.family === familyOf(address));
    const offset = pool?.range.offsetOf(address);
    return pool === undefined || offset === undefined ? undefined : { pool, offset };
  };
  return {
    families: pools.map(({ range }) => range.family),
    rangesText: pools.map(({ range }) => range.text).join(', '),
    take(address) {
      const found = find(address);
      if (found === undefined || found.offset < 1 || found.offset > found.pool.range.last) return 'outside';
      return found.pool.free.take(found.offset) ? 'ok' : 'taken';
    },
    takeAny(family) {
      const pool = pools.find(({ range }) => range.family === family);
      const offset = pool?.free.takeAny();
      return offset === undefined ? undefined : pool?.range.addressAt(offset);
    },
    release(address) {
      const found = find(address);
      found?.pool.free.release(found.offset);
    },
  };
}

import ipaddr from 'ipaddr.js';

/** Blocks of one size in a range, such as the /24s of 10.244.0.0/16. Remembers which are taken. */
export interface CidrSet {
  readonly family: 'IPv4' | 'IPv6';
  /** The first free block after the last one given, or undefined when all are taken. */
  allocate(): string | undefined;
  /** Marks what a node has already; a range that is not one of ours is ignored. */
  occupy(cidr: string): void;
  release(cidr: string): void;
}

/** So that the set of an IPv6 range stays small enough to walk; upstream's limit. */
const BLOCKS_MAX = 2 ** 16;

export class CidrError extends Error {
  override readonly name = 'CidrError';
  readonly code = 'bad-cidr';
}

function toNumber(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function toText(value: bigint, bits: number): string {
  const groups: number[] = [];
  const width = bits === 32 ? 8n : 16n;
  for (let shift = BigInt(bits) - width; shift >= 0n; shift -= width)
    groups.push(Number((value >> shift) & ((1n << width) - 1n)));
  if (bits === 32) return groups.join('.');
  return compressed(groups);
}

/** RFC 5952: the longest run of two or more zero groups becomes `::`. */
function compressed(groups: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start === -1) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

function parsed(cidr: string): { first: bigint; prefix: number; bits: number } {
  try {
    const [address, prefix] = ipaddr.parseCIDR(cidr);
    const bits = address.kind() === 'ipv4' ? 32 : 128;
    const host = BigInt(bits - prefix);
    return { first: (toNumber(address) >> host) << host, prefix, bits };
  } catch {
    throw new CidrError(`"${cidr}" is not a CIDR; write it like 10.244.0.0/16`);
  }
}

/** An empty set over `range`, in blocks with prefix length `blockPrefix`. Throws `CidrError` when they do not fit. */
export function createCidrSet(range: string, blockPrefix: number): CidrSet {
  const { first, prefix, bits } = parsed(range);
  if (blockPrefix < prefix || blockPrefix > bits)
    throw new CidrError(
      `the range ${range} has no blocks of size /${blockPrefix}; choose a longer node mask or a larger range`,
    );
  const count = Math.min(2 ** (blockPrefix - prefix), BLOCKS_MAX);
  const step = 1n << BigInt(bits - blockPrefix);
  const taken = new Set<number>();
  let next = 0;

  const indexOf = (cidr: string): number | undefined => {
    const block = parsed(cidr);
    const index = (block.first - first) / step;
    return block.bits === bits && block.first >= first && index < BigInt(count) ? Number(index) : undefined;
  };
  return {
    family: bits === 32 ? 'IPv4' : 'IPv6',
    allocate() {
      for (let tries = 0; tries < count; tries += 1) {
        const index = (next + tries) % count;
        if (taken.has(index)) continue;
        taken.add(index);
        next = (index + 1) % count;
        return `${toText(first + BigInt(index) * step, bits)}/${blockPrefix}`;
      }
      return undefined;
    },
    occupy(cidr) {
      const index = indexOf(cidr);
      if (index !== undefined) taken.add(index);
    },
    release(cidr) {
      const index = indexOf(cidr);
      if (index !== undefined) taken.delete(index);
    },
  };
}

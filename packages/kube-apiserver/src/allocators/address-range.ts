/** A range of IP addresses as offsets from its first one: addresses in and out, and how they are split into bands. */

export type Family = 'IPv4' | 'IPv6';

/** The text of a range is wrong. */
export class AddressRangeError extends Error {
  override readonly name = 'AddressRangeError';
  readonly code = 'bad-range';
}

/** Offsets beyond this are not used: a Service range needs no more, and offsets stay exact numbers. */
const SIZE_MAX = 2 ** 31;

export interface AddressRange {
  readonly text: string;
  readonly family: Family;
  /** Offsets 1 to `last` can be given away: neither the network address nor, in IPv4, the broadcast address. */
  readonly last: number;
  addressAt(offset: number): string;
  /** The offset of an address, or undefined when it lies outside. */
  offsetOf(address: string): number | undefined;
}

export function addressRange(cidr: string): AddressRange {
  const [address = '', bitsText = ''] = cidr.split('/');
  const family: Family = address.includes(':') ? 'IPv6' : 'IPv4';
  const width = family === 'IPv6' ? 128 : 32;
  const bits = Number(bitsText);
  const value = parseAddress(address);
  if (value === undefined || bitsText === '' || !Number.isInteger(bits) || bits < 0 || bits > width) {
    throw new AddressRangeError(`${JSON.stringify(cidr)} is not an address range; write it like 10.96.0.0/16`);
  }
  const hostBits = BigInt(width - bits);
  const base = (value >> hostBits) << hostBits;
  const size = Math.min(Number(1n << hostBits), SIZE_MAX);
  return {
    text: `${formatAddress(base, family)}/${bits}`,
    family,
    last: family === 'IPv4' ? size - 2 : size - 1,
    addressAt: (offset) => formatAddress(base + BigInt(offset), family),
    offsetOf(candidate) {
      const parsed = parseAddress(candidate);
      if (parsed === undefined || (candidate.includes(':') ? 'IPv6' : 'IPv4') !== family) return undefined;
      const offset = parsed - base;
      return offset >= 0n && offset < BigInt(size) ? Number(offset) : undefined;
    },
  };
}

function parseAddress(text: string): bigint | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...front, ...Array<string>(Math.max(missing, 0)).fill('0'), ...back];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((value, group) => value * 65536n + BigInt(`0x${group}`), 0n);
}

function formatAddress(value: bigint, family: Family): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 65535n).toString(16));
  return shorten(groups);
}

/** RFC 5952: the longest run of zero groups becomes `::`. */
function shorten(groups: readonly string[]): string {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== '0') start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

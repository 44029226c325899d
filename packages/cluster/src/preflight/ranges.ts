/** Whether the ranges a cluster is to use collide with each other or with what the machine already reaches. */
import ipaddr from 'ipaddr.js';
import { ClusterError } from '../errors.ts';

export interface Range {
  /** The option that sets it, for messages. */
  readonly option: string;
  readonly cidr: string;
}
/** A network the machine reaches: a route's destination and device, or a resolver's address. */
export interface Occupied {
  readonly cidr: string;
  readonly what: string;
}

/** Throws ClusterError 'range-overlap' or 'invalid-option' for the first problem. */
export function checkRanges(ranges: readonly Range[], occupied: readonly Occupied[]): void {
  for (const range of ranges) parseIPv4(range);
  for (const [index, range] of ranges.entries()) {
    const other = ranges.slice(index + 1).find((candidate) => overlap(range.cidr, candidate.cidr));
    if (other !== undefined) {
      throw overlapError(`${range.option} ${range.cidr} and ${other.option} ${other.cidr} overlap`, range.option);
    }
    const taken = occupied.find((candidate) => overlap(range.cidr, candidate.cidr));
    if (taken !== undefined) throw overlapError(`${range.option} ${range.cidr} overlaps ${taken.what}`, range.option);
  }
}

/** The first of `candidates` that overlaps nothing. Throws ClusterError 'range-overlap' when all do. */
export function freeRange(candidates: readonly string[], taken: readonly string[], option: string): string {
  const free = candidates.find((candidate) => !taken.some((other) => overlap(candidate, other)));
  if (free === undefined) throw overlapError('no free network for the hosts was found', option);
  return free;
}

/** Whether two CIDRs share an address. Different address families never do. */
export function overlap(a: string, b: string): boolean {
  const [left, right] = [ipaddr.parseCIDR(a), ipaddr.parseCIDR(b)];
  if (left[0].kind() !== right[0].kind()) return false;
  const bits = Math.min(left[1], right[1]);
  return prefix(left[0].toByteArray(), bits) === prefix(right[0].toByteArray(), bits);
}

function prefix(bytes: readonly number[], bits: number): string {
  return bytes
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, bits);
}

function parseIPv4({ option, cidr }: Range): void {
  if (ipaddr.IPv4.isValidCIDR(cidr)) return;
  throw new ClusterError('invalid-option', `${option} ${cidr} is not an IPv4 range such as 10.96.0.0/16`);
}

function overlapError(problem: string, option: string): ClusterError {
  return new ClusterError('range-overlap', `${problem}; choose another range with ${option}`);
}

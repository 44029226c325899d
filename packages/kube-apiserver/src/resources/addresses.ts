/** Addresses in fields that are older than strict rules for them (KEP-4858): what an object had, it may keep. */
import { isIP } from 'node:net';
import { type FieldError, type FieldPath, fieldErrors, names } from '@steersman/api';
import { invalidFor } from './checks.ts';

/** An address or a range as lenient parsers read it; IPv4 in IPv6 clothes counts as IPv4. */
interface Address {
  readonly value: bigint;
  readonly bits: 32 | 128;
}
interface Range extends Address {
  readonly length: number;
}

/** `kept` are the addresses that the stored object has in this field. */
export function validateIp(address: string, at: FieldPath, kept: readonly string[] = []): FieldError[] {
  if (kept.includes(address)) return [];
  if (parseAddress(address) === undefined)
    return invalidFor(['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'], address, at);
  if (isIP(address) === 0) return [fieldErrors.invalid(at, address, 'must not have leading 0s')];
  return isMapped(address) ? [fieldErrors.invalid(at, address, 'must not be an IPv4-mapped IPv6 address')] : [];
}

/** The same for ranges; the address of a range has no bits beyond its length. */
export function validateCidr(range: string, at: FieldPath, kept: readonly string[] = []): FieldError[] {
  if (kept.includes(range)) return [];
  const invalid = (detail: string) => [fieldErrors.invalid(at, range, detail)];
  const parsed = parseRange(range);
  if (parsed === undefined) return invalid('must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)');
  if (names.cidr(range).length > 0) return invalid('must not have leading 0s in IP or prefix length');
  if (isMapped(addressOf(range))) return invalid('must not have an IPv4-mapped IPv6 address');
  return masked(parsed) === parsed.value ? [] : invalid('must not have bits set beyond the prefix length');
}

/** The same for fields that were never laxer: a range has one form only. */
export function validateCanonicalCidr(range: string, at: FieldPath): FieldError[] {
  const errors = validateCidr(range, at);
  const parsed = parseRange(range);
  if (errors.length > 0 || parsed === undefined) return errors;
  const canonical = `${textOf(parsed)}/${parsed.length}`;
  return canonical === range
    ? []
    : [fieldErrors.invalid(at, range, `must be in canonical form (${quoted(canonical)})`)];
}

/** Whether anybody reads it as a range. */
export function isRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** Whether `inner` lies in `outer` and is smaller. */
export function isStrictSubset(inner: string, outer: string): boolean {
  const [small, large] = [parseRange(inner), parseRange(outer)];
  if (small === undefined || large === undefined || small.bits !== large.bits) return false;
  const host = BigInt(large.bits - large.length);
  return small.length > large.length && small.value >> host === large.value >> host;
}

/** What a well-formed address in an odd form deserves a warning for. */
export function ipWarnings(address: string, at: FieldPath): string[] {
  const parsed = parseAddress(address);
  if (parsed === undefined) return [];
  const canonical = textOf(parsed);
  if (isIP(address) === 0 || isMapped(address))
    return [`${at}: non-standard IP address ${quoted(address)} is invalid: use ${quoted(canonical)}`];
  if (parsed.bits === 32 || canonical === address) return [];
  return [`${at}: IPv6 address ${quoted(address)} should be in RFC 5952 canonical format (${quoted(canonical)})`];
}

export function cidrWarnings(range: string, at: FieldPath): string[] {
  const parsed = parseRange(range);
  if (parsed === undefined) return [];
  const network = masked(parsed);
  const canonical = `${textOf({ ...parsed, value: network })}/${parsed.length}`;
  const warnings: string[] = [];
  if (network !== parsed.value) {
    const single = `${textOf(parsed)}/${parsed.bits}`;
    warnings.push(
      `${at}: CIDR value ${quoted(range)} is ambiguous in this context (should be ${quoted(canonical)} or ${quoted(single)}?)`,
    );
  }
  if (names.cidr(range).length > 0 || isMapped(addressOf(range)))
    warnings.push(`${at}: non-standard CIDR value ${quoted(range)} is invalid: use ${quoted(canonical)}`);
  if (warnings.length > 0 || parsed.bits === 32 || canonical === range) return warnings;
  return [`${at}: IPv6 CIDR value ${quoted(range)} should be in RFC 5952 canonical format (${quoted(canonical)})`];
}

const quoted = (text: string): string => JSON.stringify(text);
const addressOf = (range: string): string => range.slice(0, range.indexOf('/'));
const MAPPED_PREFIX = 0xffffn;

/** An IPv4 address in IPv6 clothes. */
export function isMapped(address: string): boolean {
  return isIP(address) === 6 && ipv6Value(address) >> 32n === MAPPED_PREFIX;
}

/** 010.002.003.004 was read as 10.2.3.4 once. */
export function withoutZeros(address: string): string {
  return address.includes(':') ? address : address.replaceAll(/(^|\.)0+(?=\d)/g, '$1');
}

/** As RFC 5952 writes it; undefined for what is no address. */
export function canonicalAddress(address: string): string | undefined {
  const parsed = parseAddress(address);
  return parsed && textOf(parsed);
}

function parseAddress(text: string): Address | undefined {
  const plain = withoutZeros(text);
  const family = text.includes('%') ? 0 : isIP(plain);
  if (family === 0) return undefined;
  if (family === 4) return { value: ipv4Value(plain), bits: 32 };
  const value = ipv6Value(plain);
  if (value >> 32n === MAPPED_PREFIX) return { value: value & 0xffffffffn, bits: 32 };
  return { value, bits: 128 };
}

function parseRange(text: string): Range | undefined {
  const slash = text.indexOf('/');
  const address = slash === -1 ? undefined : parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !/^\d+$/.test(digits)) return undefined;
  // The length counts in the family that was written.
  const written = text.includes(':') ? 128 : 32;
  const length = Number(digits) - (written - address.bits);
  return Number(digits) > written || length < 0 ? undefined : { ...address, length };
}

function masked({ value, bits, length }: Range): bigint {
  const host = BigInt(bits - length);
  return (value >> host) << host;
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function ipv6Value(text: string): bigint {
  const tail = /(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  const hex = tail === undefined ? text : text.slice(0, -tail.length) + hexPair(ipv4Value(tail));
  const [head = '', rest] = hex.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = rest === undefined || rest === '' ? [] : rest.split(':');
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].reduce((value, part) => value * 65536n + BigInt(`0x${part}`), 0n);
}

function hexPair(value: bigint): string {
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

/** RFC 5952: no leading zeros, the first longest run of two zeros or more left out. */
function textOf({ value, bits }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const parts = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  const runs = [
    ...parts
      .map((part) => (part === '0' ? '0' : 'x'))
      .join('')
      .matchAll(/00+/g),
  ];
  const [longest] = runs.toSorted((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return parts.join(':');
  const end = longest.index + longest[0].length;
  return `${parts.slice(0, longest.index).join(':')}::${parts.slice(end).join(':')}`;
}

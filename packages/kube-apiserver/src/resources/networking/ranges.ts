/** Ranges of addresses: their strict form, and which contains which. */
import { isIP } from 'node:net';
import { type FieldError, type FieldPath, fieldErrors, names } from '@steersman/api';
import { invalidFor } from '../checks.ts';

interface Range {
  readonly family: 4 | 6;
  readonly bits: bigint;
  readonly length: number;
}

/** The address as a number, however it is written; undefined when it is none. */
function bitsOf(address: string): bigint | undefined {
  if (isIP(address) === 4) return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  if (isIP(address) !== 6 || address.includes('%')) return undefined;
  const groups = new URL(`http://[${address}]`).host.slice(1, -1).split('::');
  const [head = '', tail] = groups;
  const parts = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = 8 - parts(head).length - parts(tail ?? '').length;
  const all = [...parts(head), ...(tail === undefined ? [] : Array<string>(missing).fill('0')), ...parts(tail ?? '')];
  return all.reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n);
}

/** 010.002.003.004 was read as 10.2.3.4 once. */
function withoutZeros(address: string): string {
  return address.includes(':') ? address : address.replaceAll(/(^|\.)0+(?=\d)/g, '$1');
}

/** An IPv4 address in IPv6 clothes. */
function isMapped(address: string): boolean {
  return isIP(address) === 6 && (bitsOf(address) ?? 0n) >> 32n === 0xffffn;
}

function rangeOf(text: string): Range | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const bits = bitsOf(withoutZeros(address));
  const family = address.includes(':') ? 6 : 4;
  if (bits === undefined || more.length > 0 || !/^\d{1,3}$/.test(length)) return undefined;
  return Number(length) <= widthOf(family) ? { family, bits, length: Number(length) } : undefined;
}

function widthOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** The bits that all addresses of the range share. */
function prefixOf({ family, bits }: Range, length: number): bigint {
  return bits >> BigInt(widthOf(family) - length);
}

/** Whether `inner` lies in `outer` and is smaller. */
export function isStrictSubset(inner: string, outer: string): boolean {
  const [small, large] = [rangeOf(inner), rangeOf(outer)];
  if (small === undefined || large === undefined || small.family !== large.family) return false;
  return small.length > large.length && prefixOf(small, large.length) === prefixOf(large, large.length);
}

export function isRange(text: string): boolean {
  return rangeOf(text) !== undefined;
}

/** A range as every program reads it the same way; what the stored object has may stay (KEP-4858). */
export function validateRange(text: string, at: FieldPath, kept: readonly string[] = []): FieldError[] {
  if (kept.includes(text)) return [];
  const range = rangeOf(text);
  if (range === undefined) return invalidFor(names.cidr('/'), text, at);
  const [address = '', length = ''] = text.split('/');
  const problem = (detail: string) => [fieldErrors.invalid(at, text, detail)];
  if (isIP(address) === 0 || (length.length > 1 && length.startsWith('0')))
    return problem('must not have leading 0s in IP or prefix length');
  if (isMapped(address)) return problem('must not have an IPv4-mapped IPv6 address');
  const rest = BigInt(widthOf(range.family) - range.length);
  return (range.bits >> rest) << rest === range.bits ? [] : problem('must not have bits set beyond the prefix length');
}

/** An address in its one true form. */
export function canonicalAddress(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).host.slice(1, -1) : address;
}

/** The same for ranges, for fields that were never laxer. */
export function validateCanonicalRange(text: string, at: FieldPath): FieldError[] {
  const errors = validateRange(text, at);
  if (errors.length > 0) return errors;
  const [address = '', length] = text.split('/');
  const canonical = `${canonicalAddress(address)}/${length}`;
  return canonical === text
    ? []
    : [fieldErrors.invalid(at, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

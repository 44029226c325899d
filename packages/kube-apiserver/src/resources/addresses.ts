/** Addresses in fields that are older than strict rules for them (KEP-4858): what an object had, it may keep. */
import { isIP } from 'node:net';
import { type FieldError, type FieldPath, fieldErrors, names } from '@steersman/api';
import { invalidFor } from './checks.ts';

const LEADING_ZEROS = 'must not have leading 0s';
const MAPPED = 'must not be an IPv4-mapped IPv6 address';

/** `kept` are the addresses that the stored object has in this field. */
export function validateIp(address: string, at: FieldPath, kept: readonly string[] = []): FieldError[] {
  if (kept.includes(address)) return [];
  if (isIP(withoutZeros(address)) === 0) return invalidFor(names.ip(address), address, at);
  if (isIP(address) === 0) return [fieldErrors.invalid(at, address, LEADING_ZEROS)];
  return isMapped(address) ? [fieldErrors.invalid(at, address, MAPPED)] : [];
}

/** 010.002.003.004 was read as 10.2.3.4 once. */
export function withoutZeros(address: string): string {
  return address.includes(':') ? address : address.replaceAll(/(^|\.)0+(?=\d)/g, '$1');
}

/** An IPv4 address in IPv6 clothes. */
export function isMapped(address: string): boolean {
  if (isIP(address) !== 6) return false;
  return /^\[::ffff:[0-9a-f:]+\]$/.test(new URL(`http://[${address}]`).host);
}

/**
 * Decoding of single values: ranges, canonical forms, and upstream's words for what does not fit.
 */
import { parseQuantity } from '../quantity.ts';
import type { ScalarSchema } from '../schema/schema.ts';
import { canonicalDuration } from './duration.ts';
import { isInt64 } from './numbers.ts';
import { DecodeError, type Trail, valueKind } from './problems.ts';
import { canonicalMicroTime, canonicalTime } from './times.ts';

const INT32_MAX = 2 ** 31 - 1;
/** Of numbers, the largest below 2^63; what is nearer to it comes as a bigint. */
const INT64_MAX = 2 ** 63 - 1024;

/** The canonical form of a scalar that needs no nested schema; throws DecodeError. */
export function decodeScalar(value: unknown, schema: ScalarSchema, trail: Trail): unknown {
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') throw trail.mismatch(value, schema);
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw trail.mismatch(value, schema);
      return value;
    case 'int32':
      return integer(value, schema, INT32_MAX, trail);
    case 'int64':
      return typeof value === 'bigint' && isInt64(value) ? value : integer(value, schema, INT64_MAX, trail);
    case 'float64':
      if (typeof value === 'bigint') return Number(value);
      if (typeof value !== 'number') throw trail.mismatch(value, schema);
      return value;
    case 'bytes':
      if (typeof value !== 'string') throw trail.mismatch(value, schema);
      return canonicalBase64(value);
    case 'time':
      return canonicalTime(plainString(value));
    case 'microTime':
      return canonicalMicroTime(plainString(value));
    case 'duration':
      return canonicalDuration(plainString(value));
    case 'quantity':
      return canonicalQuantity(value);
    case 'intOrString':
      return intOrString(value);
    default:
      return value;
  }
}

function integer(value: unknown, schema: ScalarSchema, max: number, trail: Trail): number {
  if (typeof value === 'bigint') throw trail.mismatch(value, schema, true);
  if (typeof value !== 'number') throw trail.mismatch(value, schema);
  if (!Number.isInteger(value) || value > max || value < -max - 1) throw trail.mismatch(value, schema, true);
  return value;
}

function plainString(value: unknown): string {
  if (typeof value !== 'string')
    throw new DecodeError(`json: cannot unmarshal ${valueKind(value)} into Go value of type string`);
  return value;
}

function intOrString(value: unknown): number | string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= INT32_MAX) return value;
  const shown = typeof value === 'number' ? `number ${value}` : valueKind(value);
  throw new DecodeError(`json: cannot unmarshal ${shown} into Go value of type int32`);
}

/** Texts that are canonical as they stand, which is nearly all of them: up to three digits and a suffix. */
const CANONICAL_QUANTITY = /^(?:0|[1-9]\d{0,2}(?:[mkMGT]|[KMGT]i)?)$/;

/** The form that a quantity is written in. Throws DecodeError with upstream's words. */
export function canonicalQuantity(value: unknown): string {
  if (typeof value === 'string' && CANONICAL_QUANTITY.test(value)) return value;
  try {
    return parseQuantity(
      typeof value === 'string' || typeof value === 'number' ? value : typeof value === 'bigint' ? String(value) : '',
    ).toString();
  } catch (error) {
    throw new DecodeError(error instanceof Error ? error.message : String(error));
  }
}

const BASE64 = /^[A-Za-z0-9+/]*$/;

/** Standard base64 with padding; line breaks are allowed, and left out of what is kept. */
export function canonicalBase64(value: string): string {
  const text = value.includes('\n') || value.includes('\r') ? value.replaceAll(/[\r\n]/g, '') : value;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const body = padding === 0 ? text : text.slice(0, -padding);
  if (text.length % 4 !== 0 || !BASE64.test(body))
    throw new DecodeError(`illegal base64 data at input byte ${badByte(body, text)}`);
  // The unused bits of the last character may be anything; they are written as zero.
  return padding === 0 ? text : text.slice(0, -4) + Buffer.from(text.slice(-4), 'base64').toString('base64');
}

function badByte(body: string, text: string): number {
  const bad = body.search(/[^A-Za-z0-9+/]/);
  return bad === -1 ? text.length - (text.length % 4) : bad;
}

/**
 * etcd's keys are bytes, the engines' are text: each byte becomes the character of the same number, which keeps their order and
 * leaves ASCII as it is.
 */

/** Behind every key. */
const AFTER_ALL = '\u{10ffff}';

export const keyOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
export const bytesOf = (key: string): Buffer => Buffer.from(key, 'latin1');

export interface KeyRange {
  readonly start: string;
  readonly end: string;
  /** The range is one key, and not what begins with it. */
  readonly single: boolean;
}

/** From `key` to before `rangeEnd`: without one the key alone, and with the byte 0 everything from the key on. */
export function rangeOf(key: Uint8Array, rangeEnd: Uint8Array): KeyRange {
  const start = keyOf(key);
  if (rangeEnd.length === 0) return { start, end: `${start}\0`, single: true };
  const toTheEnd = rangeEnd.length === 1 && rangeEnd[0] === 0;
  return { start, end: toTheEnd ? AFTER_ALL : keyOf(rangeEnd), single: false };
}

/** Every key there is. */
export const EVERYTHING = { start: '', end: AFTER_ALL };

/**
 * Values as Go's `%v` prints them, which is how upstream shows patches in its messages.
 */
import { isObject } from './values.ts';

/** `map[a:1 b:[x y]]`; keys sorted, strings bare, null `<nil>`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (isObject(value)) {
    const keys = Object.keys(value).sort();
    return `map[${keys.map((key) => `${key}:${goText(value[key])}`).join(' ')}]`;
  }
  return typeof value === 'number' ? numberText(value) : String(value);
}

/** As `%s` prints what is expected to be a string: other types say that they are none. */
export function goString(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return `%!s(bool=${value})`;
  if (typeof value === 'number' || typeof value === 'bigint')
    return `%!s(${typeof value === 'bigint' || Number.isInteger(value) ? 'int64' : 'float64'}=${goText(value)})`;
  return value === null || value === undefined ? '%!s(<nil>)' : goText(value);
}

/** Go writes at least two digits of an exponent, and one from 21 digits on. */
function numberText(value: number): string {
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** The Go type that a JSON value is decoded into. */
export function goKind(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'float64';
  return typeof value === 'string' ? 'string' : 'int64';
}

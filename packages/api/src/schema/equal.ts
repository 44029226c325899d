/**
 * Equality as the API means it.
 */

type Json = Readonly<Record<string, unknown>>;

/** Absent, null, the empty list and the empty map are the same thing. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const key in value) {
    if (!isNothing((value as Json)[key])) return false;
  }
  return true;
}

/**
 * Whether two values mean the same: the order of keys does not matter, and neither does whether something empty is absent,
 * null, `{}` or `[]`. Quantities and times must be in canonical form, which everything decoded is.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => semanticEqual(item, b[index]));
  }
  return equalObjects(a as Json, b as Json);
}

function equalObjects(a: Json, b: Json): boolean {
  for (const key in a) {
    if (!semanticEqual(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) return false;
  }
  for (const key in b) {
    if (!Object.hasOwn(a, key) && !isNothing(b[key])) return false;
  }
  return true;
}

/** A value without what means nothing on the wire: undefined, null, empty lists and empty maps; keys in order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const kept = canonical(inner);
    if (!isEmpty(kept)) entries.push([name, kept]);
  }
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The one text of a value: equal values (absent or empty alike, keys in any order) have equal texts. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(canonical(value) ?? null);
}

/** Whether two values say the same on the wire. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || canonicalText(a) === canonicalText(b);
}

import type { HttpRequest } from '@steersman/server';

/** What headers say beyond name, groups and uid: each that begins with one of the prefixes, under the rest of its name. */
export function extraOf(request: HttpRequest, prefixes: readonly string[]): Record<string, readonly string[]> {
  const extra: Record<string, readonly string[]> = {};
  for (const header of Object.keys(request.headers)) {
    const prefix = prefixes.find((candidate) => header.startsWith(candidate));
    if (prefix !== undefined) extra[decoded(header.slice(prefix.length))] = request.headerValues(header);
  }
  return extra;
}

/** Keys that are not encoded properly count as they stand. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

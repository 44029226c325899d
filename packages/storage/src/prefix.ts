/** The end (exclusive) of the range of all keys that start with `prefix`; keys are ASCII. */
export function prefixEnd(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}

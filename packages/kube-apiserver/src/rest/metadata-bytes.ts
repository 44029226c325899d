/** The metadata of an entry as it lies in its bytes, so that whoever wants nothing else need not parse the object. */
import type { CacheEntry } from '../cache/entry.ts';
import type { ServedResource } from '../registry/served-resource.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** The JSON object of the metadata, with `revision` as its resourceVersion. A view where it can be one. */
export function metadataBytes(entry: CacheEntry, revision: number, { head }: ServedResource): Buffer {
  const { bytes } = entry;
  const start = head.metadata.length - 1;
  const end = endOfObject(bytes, start);
  if (entry.revision === revision) return bytes.subarray(start, end);
  const rest = bytes.subarray(start + `{"resourceVersion":"${entry.revision}"`.length, end);
  return Buffer.concat([Buffer.from(`{"resourceVersion":"${revision}"`), rest]);
}

/** Where the JSON object that begins at `start` ends, exclusive. The bytes must be valid JSON. */
export function endOfObject(bytes: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at += 1;
      while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    } else if (byte === OPENING_BRACE) depth += 1;
    else if (byte === CLOSING_BRACE) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return bytes.length;
}

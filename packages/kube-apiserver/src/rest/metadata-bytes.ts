/** The metadata of an entry as it lies in its bytes, so that whoever wants nothing else need not parse the object. */
import type { CacheEntry } from '../cache/entry.ts';
import { endOfNested } from '../cache/sparse-json.ts';
import type { ServedResource } from '../registry/served-resource.ts';

/** The JSON object of the metadata, with `revision` as its resourceVersion. A view where it can be one. */
export function metadataBytes(entry: CacheEntry, revision: number, { head }: ServedResource): Buffer {
  const { bytes } = entry;
  const start = head.metadata.length - 1;
  const end = endOfNested(bytes, start);
  if (entry.revision === revision) return bytes.subarray(start, end);
  const rest = bytes.subarray(start + `{"resourceVersion":"${entry.revision}"`.length, end);
  return Buffer.concat([Buffer.from(`{"resourceVersion":"${revision}"`), rest]);
}

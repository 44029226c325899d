/** A map that is walked in key order. Keys compare by UTF-16 units, which for ASCII is byte order. */
export interface SortedMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  /** Visits entries with start ≤ key < end in order until `visit` returns false. Do not change the map meanwhile. */
  scan(start: string, end: string, visit: (key: string, value: V) => boolean): void;
  readonly size: number;
}

/** Large enough for few chunks, small enough that moving half of one on an insert costs less than a microsecond. */
const CHUNK_KEYS_MAX = 512;

interface Chunk<V> {
  keys: string[];
  values: V[];
}

/** First index whose key is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A B-tree of two levels: an array of sorted chunks. 200,000 keys make some 600 chunks, which one binary search goes
 * through faster than a deeper tree would be climbed.
 */
export function sortedMap<V>(): SortedMap<V> {
  const chunks: Chunk<V>[] = [];
  let size = 0;

  /** The chunk that holds the key or would: the last one that starts at or before it. */
  function chunkIndex(key: string): number {
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (chunks[middle]!.keys[0]! <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  function split(index: number): void {
    const chunk = chunks[index]!;
    // Keys that arrive in order fill chunks instead of leaving every one half full.
    const middle = index === chunks.length - 1 ? Math.floor(CHUNK_KEYS_MAX * 0.9) : chunk.keys.length >> 1;
    chunks.splice(index + 1, 0, { keys: chunk.keys.splice(middle), values: chunk.values.splice(middle) });
  }

  return {
    get(key) {
      const chunk = chunks[chunkIndex(key)];
      if (chunk === undefined) return undefined;
      const at = lowerBound(chunk.keys, key);
      return chunk.keys[at] === key ? chunk.values[at] : undefined;
    },
    set(key, value) {
      if (chunks.length === 0) chunks.push({ keys: [], values: [] });
      const index = chunkIndex(key);
      const chunk = chunks[index]!;
      const at = lowerBound(chunk.keys, key);
      if (chunk.keys[at] === key) {
        chunk.values[at] = value;
        return;
      }
      chunk.keys.splice(at, 0, key);
      chunk.values.splice(at, 0, value);
      size += 1;
      if (chunk.keys.length > CHUNK_KEYS_MAX) split(index);
    },
    delete(key) {
      const index = chunkIndex(key);
      const chunk = chunks[index];
      const at = chunk === undefined ? -1 : lowerBound(chunk.keys, key);
      if (chunk === undefined || chunk.keys[at] !== key) return;
      chunk.keys.splice(at, 1);
      chunk.values.splice(at, 1);
      size -= 1;
      if (chunk.keys.length === 0) chunks.splice(index, 1);
    },
    scan(start, end, visit) {
      for (let index = chunkIndex(start); index < chunks.length; index += 1) {
        const { keys, values } = chunks[index]!;
        for (let at = lowerBound(keys, start); at < keys.length; at += 1) {
          if (keys[at]! >= end || !visit(keys[at]!, values[at]!)) return;
        }
      }
    },
    get size() {
      return size;
    },
  };
}

/** Finds the values that an object is listed under. */
export type IndexFunction<P> = (object: P) => readonly string[];

/** A map of objects with indexes that follow every change. */
export interface IndexedCache<P> {
  readonly size: number;
  get(key: string): P | undefined;
  keys(): IterableIterator<string>;
  list(namespace?: string): readonly P[];
  byIndex(index: string, value: string): readonly P[];
  /** Returns what was there before. */
  set(key: string, object: P): P | undefined;
  delete(key: string): P | undefined;
  /** Adds an index over what is there already. Adding a name twice keeps the first. */
  addIndex(name: string, valuesOf: IndexFunction<P>): void;
}

interface Index<P> {
  readonly valuesOf: IndexFunction<P>;
  readonly byValue: Map<string, Map<string, P>>;
}

function put<P>(index: Index<P>, key: string, object: P): void {
  for (const value of index.valuesOf(object)) {
    let entries = index.byValue.get(value);
    if (entries === undefined) {
      entries = new Map();
      index.byValue.set(value, entries);
    }
    entries.set(key, object);
  }
}

function drop<P>(index: Index<P>, key: string, object: P): void {
  for (const value of index.valuesOf(object)) {
    const entries = index.byValue.get(value);
    entries?.delete(key);
    if (entries?.size === 0) index.byValue.delete(value);
  }
}

/** An empty cache. The namespace of a key is what stands before its first slash. */
export function createIndexedCache<P>(): IndexedCache<P> {
  const objects = new Map<string, P>();
  const indexes = new Map<string, Index<P>>();
  const namespaces = new Map<string, Map<string, P>>();

  const inNamespace = (key: string): Map<string, P> => {
    const slash = key.indexOf('/');
    const namespace = slash === -1 ? '' : key.slice(0, slash);
    let entries = namespaces.get(namespace);
    if (entries === undefined) {
      entries = new Map();
      namespaces.set(namespace, entries);
    }
    return entries;
  };

  return {
    get size() {
      return objects.size;
    },
    get: (key) => objects.get(key),
    keys: () => objects.keys(),
    list: (namespace) => [
      ...(namespace === undefined ? objects : (namespaces.get(namespace) ?? new Map<string, P>())).values(),
    ],
    byIndex: (index, value) => [...(indexes.get(index)?.byValue.get(value)?.values() ?? [])],
    set(key, object) {
      const previous = objects.get(key);
      if (previous !== undefined) for (const index of indexes.values()) drop(index, key, previous);
      objects.set(key, object);
      inNamespace(key).set(key, object);
      for (const index of indexes.values()) put(index, key, object);
      return previous;
    },
    delete(key) {
      const previous = objects.get(key);
      if (previous === undefined) return undefined;
      objects.delete(key);
      inNamespace(key).delete(key);
      for (const index of indexes.values()) drop(index, key, previous);
      return previous;
    },
    addIndex(name, valuesOf) {
      if (indexes.has(name)) return;
      const index: Index<P> = { valuesOf, byValue: new Map() };
      for (const [key, object] of objects) put(index, key, object);
      indexes.set(name, index);
    },
  };
}

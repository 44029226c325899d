import { type KubeObject, parseJson } from '@steersman/api';
import { assert } from '@steersman/machinery';
import type { KeyValue, Storage, StorageEvent } from '@steersman/storage';
import { type AttributeReader, type Attributes, attributeReader, type Selectable } from './attributes.ts';
import { CacheEntry, type CacheEvent } from './entry.ts';
import { EventHistory } from './event-history.ts';
import { FieldIndex } from './field-index.ts';
import type { ObjectLru } from './object-lru.ts';
import type { Selection } from './selection.ts';
import { Slab, SlabStore } from './slab.ts';
import { SortedEntries } from './sorted-entries.ts';
import { encodeStored, type Head, startsWithHead, versionLength, versionText } from './stored-value.ts';

const HISTORY_BYTES_MAX = 16 * 1024 * 1024; // A minute of the busiest resource we have measured.
const HISTORY_EVENTS_MAX = 100_000; // So that tiny objects cannot make the history long to walk.

export interface ResourceCacheOptions {
  /** `/registry/pods/` */
  readonly prefix: string;
  readonly namespaced: boolean;
  readonly head: Head;
  /** Decodes a value that we did not write ourselves; the answer has the storage version's kind and apiVersion. */
  readonly decode: (value: Uint8Array) => KubeObject;
  /** Absent: only by name and namespace. */
  readonly selectable?: Selectable | undefined;
  readonly objects: ObjectLru;
  /** Objects whose encoding was just written, so that they need not be parsed again. */
  readonly written: Pick<WeakMap<Uint8Array, KubeObject>, 'get'>;
}

/**
 * All current objects of one resource, as bytes, and the recent changes. Everything here is synchronous: whoever reads
 * within one turn of the event loop sees one state.
 */
export class ResourceCache {
  readonly prefix: string;
  readonly namespaced: boolean;
  readonly head: Head;
  history: EventHistory;
  /** Called for every change, after the cache shows it. */
  readonly listeners = new Set<(event: CacheEvent) => void>();
  /** Revision of the newest change of this resource. */
  changedAt = 0;
  /** Objects parsed since the start, for metrics. */
  decodes = 0;
  /** Objects whose bytes were left in the store when it was loaded, and fetched since. */
  fetches = 0;
  /** What lists have cost since the start, for metrics: entries looked at, objects encoded, bytes put together. */
  readonly listWork = { scanned: 0, encodes: 0, bytesCopied: 0 };
  readonly #options: ResourceCacheOptions;
  readonly #slabs = new SlabStore();
  readonly #byKey = new Map<string, CacheEntry>();
  readonly #namespaces = new Map<string, SortedEntries>();
  readonly #attributes: AttributeReader;
  readonly #index: FieldIndex | undefined;
  #namespaceOrder: string[] | undefined;
  /** Of the last entry made. */
  #namespace = '';
  /** Where the bytes of entries are that nobody has asked for since they were loaded. */
  #unread: Slab | undefined;

  constructor(options: ResourceCacheOptions) {
    this.#options = options;
    this.prefix = options.prefix;
    this.namespaced = options.namespaced;
    this.head = options.head;
    this.history = emptyHistory(0);
    this.#attributes = attributeReader(options.selectable);
    const indexed = options.selectable?.indexed;
    this.#index = indexed === undefined ? undefined : new FieldIndex(indexed);
  }

  get size(): number {
    return this.#byKey.size;
  }
  get slabBytes(): number {
    return this.#slabs.bytes;
  }

  /** Takes what a range read found, before the first event. */
  load(item: KeyValue): void {
    this.#put(item, false);
  }
  /**
   * The same of a value that the store gives again at any time: its bytes stay there until somebody asks for them, and no copy is made
   * of what nobody reads. Of all objects loaded so `reread` is the same, and each comes once, best in the order of keys.
   */
  loadFrom(reread: NonNullable<Storage['reread']>, item: KeyValue, place: number): void {
    const { key, value, modRevision } = item;
    const { head } = this.#options;
    const attributes = startsWithHead(value, head) ? this.#attributes.ofBytes(value) : undefined;
    if (attributes === undefined) return this.load(item);
    this.#unread ??= new Slab(Buffer.alloc(0), (range) => this.#fetch(range as CacheEntry, reread));
    const length = value.length + versionLength(modRevision, value, head);
    const range = { slab: this.#unread, offset: place, length };
    this.#add(new CacheEntry(this.#placeOf(key, modRevision), range, attributes));
  }
  /** Says at which revision loading ended: the history starts there. */
  loaded(revision: number): void {
    this.changedAt = revision;
    this.history = emptyHistory(revision);
  }

  apply(event: StorageEvent): CacheEvent {
    const change =
      event.kind === 'put'
        ? this.#applyPut(event.current)
        : this.#applyDelete(event.key, event.revision, event.previous);
    this.changedAt = change.revision;
    this.history.add(change);
    for (const listener of this.listeners) listener(change);
    return change;
  }

  /** Takes out what was deleted while the store could not be followed; `revision` is the one at which that was noticed. */
  forget(key: string, revision: number): CacheEvent | undefined {
    const last = this.#byKey.get(key);
    if (last === undefined) return undefined;
    this.#remove(last);
    const change = { kind: 'deleted', revision, entry: last, previous: last, frames: undefined } as const;
    for (const listener of this.listeners) listener(change);
    return change;
  }

  /** Everybody has been told: the object that came with the change stays only when somebody has used it. */
  told({ entry }: CacheEvent): void {
    if (!this.#options.objects.has(entry)) entry.object = undefined;
  }

  get(namespace: string, name: string): CacheEntry | undefined {
    return this.#byKey.get(this.keyOf(namespace, name));
  }
  /** The revision of what is at a key of the store; undefined: nothing. */
  revisionOf(key: string): number | undefined {
    return this.#byKey.get(key)?.revision;
  }
  keyOf(namespace: string, name: string): string {
    return this.namespaced ? `${this.prefix}${namespace}/${name}` : this.prefix + name;
  }

  /** Runs of entries in the order of their keys: of every namespace, or only of the given one. Safe to keep. */
  snapshot(namespace: string | undefined): readonly (readonly CacheEntry[])[] {
    if (namespace !== undefined) {
      const one = this.#namespaces.get(namespace);
      return one === undefined ? [] : one.snapshot();
    }
    this.#namespaceOrder ??= [...this.#namespaces.keys()].sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1));
    return this.#namespaceOrder.flatMap((name) => this.#namespaces.get(name)!.snapshot());
  }
  count(namespace: string | undefined): number {
    return namespace === undefined ? this.#byKey.size : (this.#namespaces.get(namespace)?.size ?? 0);
  }
  /** The same of those entries only that a selection can take. */
  candidates(selection: Pick<Selection, 'namespace' | 'fields'>): readonly (readonly CacheEntry[])[] {
    const value = this.#indexedValue(selection);
    if (value !== undefined) return [this.#index!.entries(value)];
    return this.snapshot(this.namespaced ? selection.namespace : undefined);
  }
  candidateCount(selection: Pick<Selection, 'namespace' | 'fields'>): number {
    const value = this.#indexedValue(selection);
    return value === undefined ? this.count(selection.namespace) : this.#index!.count(value);
  }
  #indexedValue({ fields }: Pick<Selection, 'fields'>): string | undefined {
    if (this.#index === undefined) return undefined;
    const { field } = this.#index;
    return fields.find((required) => required.field === field && required.equal && required.value !== '')?.value;
  }

  /** The parsed object, which nobody may change. */
  objectOf(entry: CacheEntry): KubeObject {
    if (entry.object === undefined) {
      this.decodes += 1;
      entry.object = parseJson(entry.bytes.toString('utf8')) as KubeObject;
    }
    this.#options.objects.touch(entry);
    return entry.object;
  }

  /** The same for whoever goes through very many objects and looks at each once: none is kept for it. */
  peek(entry: CacheEntry): KubeObject {
    if (entry.object !== undefined) return entry.object;
    this.decodes += 1;
    return parseJson(entry.bytes.toString('utf8')) as KubeObject;
  }

  /** An entry for a value that is not current: an old revision read from the store. */
  detached(item: KeyValue): CacheEntry {
    return this.#entryOf(item.key, item.value, item.modRevision, new SlabStore(0), false);
  }

  #applyPut(item: KeyValue): CacheEvent {
    const previous = this.#byKey.get(item.key);
    keep(previous);
    const entry = this.#put(item, true);
    // Who changes an object once changes it again; most new ones are never read, and would only burden the garbage collector.
    if (previous !== undefined) this.#options.objects.touch(entry);
    return {
      kind: previous === undefined ? 'added' : 'modified',
      revision: item.modRevision,
      entry,
      previous,
      frames: undefined,
    };
  }

  #applyDelete(key: string, revision: number, last: KeyValue): CacheEvent {
    const previous = this.#byKey.get(key);
    keep(previous);
    const entry = this.#entryOf(key, last.value, revision, this.#slabs, false);
    this.#release(entry);
    if (previous !== undefined) this.#remove(previous);
    return { kind: 'deleted', revision, entry, previous: previous ?? entry, frames: undefined };
  }

  #remove(entry: CacheEntry): void {
    this.#byKey.delete(entry.key);
    this.#index?.delete(entry);
    const entries = this.#namespaces.get(entry.namespace)!;
    entries.delete(entry.name);
    if (entries.size === 0) {
      this.#namespaces.delete(entry.namespace);
      this.#namespaceOrder = undefined;
    }
    this.#release(entry);
  }

  #put(item: KeyValue, keepObject: boolean): CacheEntry {
    const previous = this.#byKey.get(item.key);
    const entry = this.#entryOf(item.key, item.value, item.modRevision, this.#slabs, keepObject);
    if (previous !== undefined) this.#index?.delete(previous);
    this.#add(entry);
    if (previous !== undefined) this.#release(previous);
    return entry;
  }

  #add(entry: CacheEntry): void {
    this.#byKey.set(entry.key, entry);
    let entries = this.#namespaces.get(entry.namespace);
    if (entries === undefined) {
      entries = new SortedEntries();
      this.#namespaces.set(entry.namespace, entries);
      this.#namespaceOrder = undefined;
    }
    entries.set(entry);
    this.#index?.add(entry);
  }

  #placeOf(key: string, revision: number) {
    const start = this.prefix.length;
    const slash = this.namespaced ? key.indexOf('/', start) : -1;
    if (slash === -1) return { key, namespace: '', name: key.slice(start), revision };
    // Those of one namespace come one after the other, and then share its name.
    if (slash !== start + this.#namespace.length || !key.startsWith(this.#namespace, start))
      this.#namespace = key.slice(start, slash);
    return { key, namespace: this.#namespace, name: key.slice(slash + 1), revision };
  }

  #entryOf(key: string, value: Uint8Array, revision: number, slabs: SlabStore, keepObject: boolean): CacheEntry {
    const { head, written } = this.#options;
    let object = written.get(value);
    let bytes = value;
    let attributes: Attributes | undefined;
    if (!startsWithHead(value, head)) {
      this.decodes += 1;
      object = this.#options.decode(value);
      bytes = encodeStored(object, head);
    } else if (object === undefined) {
      if (!keepObject) attributes = this.#attributes.ofBytes(value);
      if (attributes === undefined) object = this.#parsed(value);
    }
    attributes ??= this.#attributes.ofObject(object!);
    const range = this.#write(bytes, revision, (length) => slabs.reserve(length));
    const entry = new CacheEntry(this.#placeOf(key, revision), range, attributes);
    if (keepObject) entry.object = withVersion(object!, revision);
    return entry;
  }

  #parsed(value: Uint8Array): KubeObject {
    this.decodes += 1;
    return parseJson(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')) as KubeObject;
  }

  /** Copies a stored value into a slab with its resourceVersion spliced in. */
  #write(value: Uint8Array, revision: number, reserve: SlabStore['reserve']) {
    const { head } = this.#options;
    const text = versionText(revision, value, head);
    const length = value.length + text.length;
    const { slab, offset } = reserve(length);
    slab.bytes.set(value, offset + text.length);
    slab.bytes.set(head.metadata, offset);
    slab.bytes.write(text, offset + head.metadata.length, 'latin1');
    return { slab, offset, length };
  }

  #fetch(entry: CacheEntry, reread: NonNullable<Storage['reread']>): void {
    const value = reread(entry.revision, entry.offset);
    assert(value !== undefined, `the store has what the cache shows of ${entry.key}`);
    const { slab, offset, length } = this.#write(value, entry.revision, (size) => this.#slabs.reserveFetched(size));
    assert(length === entry.length, `what the store has of ${entry.key} has not changed`);
    entry.slab = slab;
    entry.offset = offset;
    this.fetches += 1;
  }

  #release(entry: CacheEntry): void {
    this.#options.objects.forget(entry);
    if (!this.#slabs.release(entry)) return;
    const { slab } = entry;
    const current: CacheEntry[] = [];
    for (const candidate of this.#byKey.values()) if (candidate.slab === slab) current.push(candidate);
    this.#slabs.compact(slab, current);
  }
}

/**
 * Brings the bytes of what is about to be replaced, since the store soon forgets them. Where it already has (the caches had lost track of it,
 * and leapt), only whoever looks at this version fails, and not the change.
 */
function keep(entry: CacheEntry | undefined): void {
  try {
    entry?.hold();
  } catch {
    // Told to whoever looks.
  }
}

function withVersion(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function emptyHistory(startsAfter: number): EventHistory {
  return new EventHistory({ bytesMax: HISTORY_BYTES_MAX, countMax: HISTORY_EVENTS_MAX, startsAfter });
}

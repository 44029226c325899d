import type { CacheEntry, CacheEvent } from './entry.ts';
import { fieldOf, type Selection, selects } from './selection.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** Makes the bytes of one event in one encoding. Equal `key`, equal bytes. */
export interface EventEncoder {
  readonly key: string;
  /** `revision` is what the object's resourceVersion says in this event. */
  event(type: WatchEventType, entry: CacheEntry, revision: number): Uint8Array;
  bookmark(revision: number, initialEventsEnd: boolean): Uint8Array;
}

/** One watcher: gets whole frames, in order. */
export interface WatchSink {
  readonly bookmarks: boolean;
  send(frames: Uint8Array): void;
  /** The server closes. */
  end(): void;
}

interface Group {
  readonly id: string;
  readonly selection: Selection;
  readonly encoder: EventEncoder;
  readonly members: Set<WatchSink>;
  pending: Uint8Array[];
}

/**
 * The watchers of one resource. Watchers that want the same events in the same encoding form a group: an event is
 * matched and encoded once per group, and all that a turn of the event loop brings goes out in one shared buffer.
 * Groups are found by what they select, so that a thousand kubelets with a field selector each cost one look-up per event.
 */
export class WatchFanout {
  readonly #groups = new Map<string, Group>();
  /** Groups by the first thing they require: `n:` name, `f:` field and value, `s:` namespace, or nothing. */
  readonly #index = new Map<string, Set<Group>>();
  readonly #fields = new Map<string, number>();
  readonly #dirty = new Set<Group>();
  readonly #afterTurn: (flush: () => void) => void;
  #scheduled = false;

  constructor(afterTurn: (flush: () => void) => void) {
    this.#afterTurn = afterTurn;
  }

  get watchers(): number {
    let count = 0;
    for (const group of this.#groups.values()) count += group.members.size;
    return count;
  }

  /** Adds a watcher that has been told everything up to now; returns the way to remove it. */
  join(selection: Selection, encoder: EventEncoder, sink: WatchSink): () => void {
    const id = `${encoder.key}\n${selection.text}`;
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = { id, selection, encoder, members: new Set(), pending: [] };
      this.#groups.set(id, group);
      this.#addToIndex(group);
    }
    // What waits in the group happened before this watcher joined.
    this.#flushGroup(group);
    group.members.add(sink);
    return () => this.#leave(group, sink);
  }

  publish(event: CacheEvent): void {
    if (this.#groups.size === 0) return;
    this.#publishTo('', event);
    this.#publishTo(`s:${event.entry.namespace}`, event);
    this.#publishTo(`n:${event.entry.name}`, event);
    for (const field of this.#fields.keys()) {
      const now = fieldOf(event.entry, field);
      this.#publishTo(`f:${field}=${now}`, event);
      const before = event.previous === undefined ? now : fieldOf(event.previous, field);
      if (before !== now) this.#publishTo(`f:${field}=${before}`, event);
    }
    event.frames = undefined;
  }

  /** Sends a bookmark to every watcher that asked for them. */
  bookmark(revision: number): void {
    for (const group of this.#groups.values()) {
      this.#flushGroup(group);
      const frame = group.encoder.bookmark(revision, false);
      for (const sink of group.members) if (sink.bookmarks) sink.send(frame);
    }
  }

  /** Sends what waits and ends every watcher. */
  end(): void {
    for (const group of [...this.#groups.values()]) {
      this.#flushGroup(group);
      for (const sink of [...group.members]) sink.end();
    }
  }

  flush(): void {
    this.#scheduled = false;
    for (const group of this.#dirty) this.#flushGroup(group);
  }

  #publishTo(indexKey: string, event: CacheEvent): void {
    const groups = this.#index.get(indexKey);
    if (groups === undefined) return;
    for (const group of groups) {
      const type = eventTypeFor(group.selection, event);
      if (type === undefined) continue;
      group.pending.push(frameOf(event, type, group.encoder));
      this.#dirty.add(group);
    }
    if (this.#dirty.size > 0 && !this.#scheduled) {
      this.#scheduled = true;
      this.#afterTurn(() => this.flush());
    }
  }

  #flushGroup(group: Group): void {
    this.#dirty.delete(group);
    if (group.pending.length === 0) return;
    const frames = group.pending.length === 1 ? group.pending[0]! : Buffer.concat(group.pending);
    group.pending = [];
    for (const sink of group.members) sink.send(frames);
  }

  #leave(group: Group, sink: WatchSink): void {
    group.members.delete(sink);
    if (group.members.size > 0 || this.#groups.get(group.id) !== group) return;
    this.#groups.delete(group.id);
    this.#dirty.delete(group);
    const { key, field } = indexKeyOf(group.selection);
    const set = this.#index.get(key);
    set?.delete(group);
    if (set?.size === 0) this.#index.delete(key);
    if (field === undefined) return;
    const uses = this.#fields.get(field)! - 1;
    if (uses === 0) this.#fields.delete(field);
    else this.#fields.set(field, uses);
  }

  #addToIndex(group: Group): void {
    const { key, field } = indexKeyOf(group.selection);
    const set = this.#index.get(key);
    if (set === undefined) this.#index.set(key, new Set([group]));
    else set.add(group);
    if (field !== undefined) this.#fields.set(field, (this.#fields.get(field) ?? 0) + 1);
  }
}

function indexKeyOf(selection: Selection): { readonly key: string; readonly field?: string } {
  if (selection.name !== undefined) return { key: `n:${selection.name}` };
  const exact = selection.fields.find((requirement) => requirement.equal);
  if (exact !== undefined) return { key: `f:${exact.field}=${exact.value}`, field: exact.field };
  if (selection.namespace !== undefined) return { key: `s:${selection.namespace}` };
  return { key: '' };
}

/** What a change is to somebody who sees only a selection: entering is ADDED, leaving is DELETED. */
export function eventTypeFor(selection: Selection, event: CacheEvent): WatchEventType | undefined {
  const before = event.previous !== undefined && selects(selection, event.previous);
  if (event.kind === 'deleted') return before ? 'DELETED' : undefined;
  const now = selects(selection, event.entry);
  if (now) return before ? 'MODIFIED' : 'ADDED';
  return before ? 'DELETED' : undefined;
}

/** The frame of an event, made once per encoding and type. */
export function frameOf(event: CacheEvent, type: WatchEventType, encoder: EventEncoder): Uint8Array {
  const key = `${type}${encoder.key}`;
  event.frames ??= new Map();
  let frame = event.frames.get(key);
  if (frame === undefined) {
    // Whoever no longer sees an object gets it as it was last seen.
    const left = type === 'DELETED' && event.kind !== 'deleted';
    frame = encoder.event(type, left ? (event.previous ?? event.entry) : event.entry, event.revision);
    event.frames.set(key, frame);
  }
  return frame;
}

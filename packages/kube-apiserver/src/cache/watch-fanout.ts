import type { CacheEntry, CacheEvent } from './entry.ts';
import type { Flush, Pace } from './flush-pacer.ts';
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

/** A watcher's place in the fan-out. */
export interface Membership {
  leave(): void;
  /** Sends a bookmark to this watcher, after everything that has happened. */
  bookmark(revision: number): void;
}

interface Group {
  readonly id: string;
  readonly selection: Selection;
  readonly encoder: EventEncoder;
  readonly members: Set<WatchSink>;
  /** The members as a list that does not change; made when it is needed. */
  list: readonly WatchSink[] | undefined;
  pending: Uint8Array[];
}

/** Frames on their way to some watchers. */
interface Batch {
  readonly frames: Uint8Array;
  readonly sinks: readonly WatchSink[];
  /** The first that has not got them. */
  next: number;
}
/** The clock is asked after so many writes, of some 15 µs each. */
const WRITES_PER_LOOK = 16;

/**
 * The watchers of one resource. Watchers that want the same events in the same encoding form a group: an event is
 * matched and encoded once per group, and all that a turn of the event loop brings goes out in one shared buffer.
 * Groups are found by what they select, so that a thousand kubelets with a field selector each cost one look-up per event.
 * What has been put together goes out in order, a slice at a time; meanwhile more gathers for the next buffer.
 */
export class WatchFanout {
  readonly #groups = new Map<string, Group>();
  /** Groups by the first thing they require: `n:` name, `f:` field and value, `s:` namespace, or nothing. */
  readonly #index = new Map<string, Set<Group>>();
  readonly #fields = new Map<string, number>();
  readonly #dirty = new Set<Group>();
  readonly #batches: Batch[] = [];
  /** The first batch that has not gone out whole. */
  #at = 0;
  readonly #pace: Pace;
  readonly #flush: Flush = { run: (late) => this.#run(late), finished: () => this.#finished() };
  #scheduled = false;
  /** True between the slices of one flush: what comes then gathers for the next. */
  #underWay = false;
  /** Events encoded, bytes put together and writes made since the start, for metrics. */
  readonly work = { encodes: 0, matches: 0, bytesCopied: 0, writes: 0, bytesWritten: 0 };

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  get watchers(): number {
    let count = 0;
    for (const group of this.#groups.values()) count += group.members.size;
    return count;
  }

  /** Adds a watcher that has been told everything up to now. */
  join(selection: Selection, encoder: EventEncoder, sink: WatchSink): Membership {
    const id = `${encoder.key}\n${selection.text}`;
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = { id, selection, encoder, members: new Set(), list: undefined, pending: [] };
      this.#groups.set(id, group);
      this.#addToIndex(group);
    }
    // What waits in the group happened before this watcher joined.
    this.#seal(group);
    group.members.add(sink);
    group.list = undefined;
    return {
      leave: () => this.#leave(group, sink),
      bookmark: (revision) => this.#bookmarkFor(group, [sink], revision),
    };
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
    const frames = new Map<string, Uint8Array>();
    for (const group of this.#groups.values()) {
      const sinks = membersOf(group).filter(({ bookmarks }) => bookmarks);
      if (sinks.length > 0) this.#bookmarkFor(group, sinks, revision, frames);
    }
  }

  /** After what waits. With `made`, one frame serves all groups of an encoding. */
  #bookmarkFor(
    group: Group,
    sinks: readonly WatchSink[],
    revision: number,
    made: Map<string, Uint8Array> = new Map<string, Uint8Array>(),
  ): void {
    this.#seal(group);
    const { encoder } = group;
    const frames = made.get(encoder.key) ?? encoder.bookmark(revision, false);
    made.set(encoder.key, frames);
    this.#batches.push({ frames, sinks, next: 0 });
    this.#schedule();
  }

  /** Sends what waits and ends every watcher. */
  end(): void {
    for (const group of [...this.#dirty]) this.#seal(group);
    this.#deliver(() => false);
    for (const group of [...this.#groups.values()]) for (const sink of membersOf(group)) sink.end();
  }

  #publishTo(indexKey: string, event: CacheEvent): void {
    const groups = this.#index.get(indexKey);
    if (groups === undefined) return;
    for (const group of groups) {
      this.work.matches += 1;
      const type = eventTypeFor(group.selection, event);
      if (type === undefined) continue;
      if (event.frames?.has(frameKey(type, group.encoder)) !== true) this.work.encodes += 1;
      group.pending.push(frameOf(event, type, group.encoder));
      this.#dirty.add(group);
    }
    if (this.#dirty.size > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#pace(this.#flush);
  }

  #run(late: () => boolean): boolean {
    if (!this.#underWay) for (const group of this.#dirty) this.#seal(group);
    this.#underWay = true;
    return this.#deliver(late);
  }

  #finished(): void {
    this.#underWay = false;
    this.#scheduled = false;
    if (this.#dirty.size > 0) this.#schedule();
  }

  /** Puts what waits for a group together, for those that are members now. */
  #seal(group: Group): void {
    this.#dirty.delete(group);
    if (group.pending.length === 0) return;
    const frames = group.pending.length === 1 ? group.pending[0]! : Buffer.concat(group.pending);
    if (group.pending.length > 1) this.work.bytesCopied += frames.length;
    group.pending = [];
    this.#batches.push({ frames, sinks: membersOf(group), next: 0 });
    this.#schedule();
  }

  /** Sends batches in their order; false when it was late before all were out. */
  #deliver(late: () => boolean): boolean {
    for (; this.#at < this.#batches.length; this.#at++) {
      const batch = this.#batches[this.#at]!;
      const { frames, sinks } = batch;
      while (batch.next < sinks.length) {
        sinks[batch.next++]!.send(frames);
        this.work.writes += 1;
        this.work.bytesWritten += frames.length;
        if (this.work.writes % WRITES_PER_LOOK === 0 && late()) return false;
      }
    }
    this.#batches.length = 0;
    this.#at = 0;
    return true;
  }

  #leave(group: Group, sink: WatchSink): void {
    group.members.delete(sink);
    group.list = undefined;
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

function membersOf(group: Group): readonly WatchSink[] {
  group.list ??= [...group.members];
  return group.list;
}

function frameKey(type: WatchEventType, encoder: EventEncoder): string {
  return `${type}${encoder.key}`;
}

/** The frame of an event, made once per encoding and type. */
export function frameOf(event: CacheEvent, type: WatchEventType, encoder: EventEncoder): Uint8Array {
  const key = frameKey(type, encoder);
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

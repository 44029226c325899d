import type { EventBatch, KeyValue, StorageEvent } from '../contract.ts';
import { revisionOf } from '../watch-hub.ts';
import { type SortedMap, sortedMap } from './sorted-map.ts';

/** What a key was at a revision: a value, or gone. */
export type Version = { readonly revision: number; readonly item: KeyValue | undefined };

/** Events handed to one watch at a time while it catches up. */
const EVENTS_PER_READ_MAX = 1000;

/** Every version of every key since the last compaction, and the events that made them. */
export interface History {
  readonly compactedRevision: number;
  readonly bytes: number;
  /** Events since the last compaction. */
  readonly length: number;
  latest(key: string): KeyValue | undefined;
  at(key: string, revision: number): KeyValue | undefined;
  append(event: StorageEvent): void;
  scan(start: string, end: string, revision: number, visit: (item: KeyValue) => void): void;
  after(revision: number): EventBatch;
  compact(revision: number): void;
  /** Forgets the older half of the events. */
  compactHalf(): void;
}

export function createHistory(): History {
  const keys: SortedMap<Version[]> = sortedMap();
  let events: StorageEvent[] = [];
  let compactedRevision = 0;
  let bytes = 0;

  const itemAt = (versions: readonly Version[], revision: number): KeyValue | undefined => {
    for (let at = versions.length - 1; at >= 0; at -= 1) {
      if (versions[at]!.revision <= revision) return versions[at]!.item;
    }
    return undefined;
  };

  /** Drops versions that no revision from `revision` on can see. */
  function trim(key: string, revision: number): void {
    const versions = keys.get(key);
    if (versions === undefined) return;
    let keep = 0;
    while (keep + 1 < versions.length && versions[keep + 1]!.revision <= revision) keep += 1;
    if (versions[keep]!.item === undefined && versions[keep]!.revision <= revision) keep += 1;
    for (const { item } of versions.splice(0, keep)) bytes -= sizeOf(item);
    if (versions.length === 0) keys.delete(key);
  }

  function compact(revision: number): void {
    const count = firstAfter(events, revision);
    for (const event of events.slice(0, count)) trim(event.kind === 'put' ? event.current.key : event.key, revision);
    events = events.slice(count);
    compactedRevision = revision;
  }

  return {
    get compactedRevision() {
      return compactedRevision;
    },
    get bytes() {
      return bytes;
    },
    get length() {
      return events.length;
    },
    latest: (key) => keys.get(key)?.at(-1)?.item,
    at: (key, revision) => itemAt(keys.get(key) ?? [], revision),
    append(event) {
      const key = event.kind === 'put' ? event.current.key : event.key;
      const version = { revision: revisionOf(event), item: event.kind === 'put' ? event.current : undefined };
      const versions = keys.get(key);
      if (versions === undefined) keys.set(key, [version]);
      else versions.push(version);
      bytes += sizeOf(version.item);
      events.push(event);
    },
    scan(start, end, revision, visit) {
      keys.scan(start, end, (_key, versions) => {
        const item = itemAt(versions, revision);
        if (item !== undefined) visit(item);
        return true;
      });
    },
    after(revision) {
      const from = firstAfter(events, revision);
      let to = Math.min(from + EVENTS_PER_READ_MAX, events.length);
      // Never half a transaction.
      while (to < events.length && revisionOf(events[to]!) === revisionOf(events[to - 1]!)) to += 1;
      const read = events.slice(from, to);
      return { events: read, revision: read.length === 0 ? revision : revisionOf(read.at(-1)!) };
    },
    compact,
    compactHalf() {
      const middle = events[events.length >> 1];
      if (middle !== undefined) compact(revisionOf(middle));
    },
  };
}

/** Bytes of a version: what it stores, and some 200 for the objects around it. */
function sizeOf(item: KeyValue | undefined): number {
  return 200 + (item === undefined ? 0 : item.key.length + item.value.length);
}

function firstAfter(events: readonly StorageEvent[], revision: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (revisionOf(events[middle]!) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}

import type { Clock } from '@steersman/machinery';
import type { EventBatch, KeyValue, RangeRequest, RangeResult, StorageEvent } from '../contract.ts';
import type { Snapshot } from './environment.ts';
import { type Header, itemOf, type LogRecord, placeOf, positionOf, revisionAt } from './records.ts';

/** No stretch of a scan holds the event loop for longer. */
const STRETCH_MS_MAX = 5;
/** Keys between two looks at the clock. */
const KEYS_PER_LOOK = 256;
/** What a watch that catches up is handed at a time. */
const EVENTS_PER_READ_MAX = 1000;
const BYTES_PER_READ_MAX = 8 * 1024 * 1024;
const NO_BYTES = new Uint8Array(0);

/** Lets other work run when a loop has held the event loop for too long. */
function yielder(clock: Clock): () => Promise<void> | undefined {
  let startedMs = clock.monotonic();
  let steps = 0;
  return () => {
    steps += 1;
    if (steps % KEYS_PER_LOOK !== 0 || clock.monotonic() - startedMs < STRETCH_MS_MAX) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        startedMs = clock.monotonic();
        resolve();
      }),
    );
  };
}

/** The version of a key at a revision, found by walking back from one of its positions. */
export function versionAt(
  snapshot: Pick<Snapshot, 'log'>,
  newest: number,
  revision: number,
): { readonly record: LogRecord; readonly position: number } | undefined {
  for (let position = newest; position !== 0; ) {
    const record = snapshot.log(position);
    if (record === undefined) return undefined; // Compacted: then it was a deletion.
    if (revisionAt(position) <= revision) return record.kind === 'delete' ? undefined : { record, position };
    position = record.previous;
  }
  return undefined;
}

type Candidate = { readonly key: string; readonly position: number; readonly header: Header | undefined };

/** Keys that exist and keys deleted after `revision`, merged in order. */
function* candidates(snapshot: Snapshot, start: string, end: string, revision: number): Generator<Candidate> {
  const deleted: Candidate[] = [];
  for (const { key, value } of snapshot.tombstones(start, end))
    if (revisionAt(value) > revision) deleted.push({ key, position: value, header: undefined });
  let next = 0;
  for (const { key, value } of snapshot.keys(start, end)) {
    while (next < deleted.length && deleted[next]!.key < key) yield deleted[next++]!;
    yield { key, position: value.position, header: value };
  }
  while (next < deleted.length) yield deleted[next++]!;
}

/** Key and header are all that a reader of keys or counts needs, as long as the newest version is old enough. */
function itemWithoutValue(key: string, header: Header): KeyValue {
  return itemWith(key, header, NO_BYTES);
}

/** Reads a range as of `revision`, which the snapshot must still hold. `newest` is the snapshot's last revision. */
export async function readRange(
  snapshot: Snapshot,
  request: RangeRequest,
  revision: number,
  newest: number,
  clock: Clock,
): Promise<RangeResult> {
  const { start, end } = request;
  const pause = yielder(clock);
  const limit = request.countOnly ? 0 : (request.limit ?? Number.POSITIVE_INFINITY);
  const items: KeyValue[] = [];
  if (revision >= newest) {
    if (limit > 0) {
      for (const { key, value: header } of snapshot.keys(start, end)) {
        if (items.length >= limit) return { items, revision, more: true, count: limit + 1 };
        items.push(request.keysOnly ? itemWithoutValue(key, header) : loadItem(snapshot, key, header));
        if (items.length >= limit && request.uncounted !== true) break;
        await pause();
      }
    }
    const isAll = limit > 0 && (items.length < limit || request.uncounted === true);
    const rest = isAll ? 0 : snapshot.countKeys(limit === 0 ? start : `${items.at(-1)!.key}\0`, end);
    return { items, revision, more: rest > 0 && !request.countOnly, count: items.length + rest };
  }
  let count = 0;
  for (const { key, position, header } of candidates(snapshot, start, end, revision)) {
    const wanted = items.length < limit;
    if (header !== undefined && revisionAt(position) <= revision) {
      count += 1;
      if (wanted) items.push(request.keysOnly ? itemWithoutValue(key, header) : loadItem(snapshot, key, header));
    } else {
      const found = versionAt(snapshot, position, revision);
      if (found !== undefined) count += 1;
      if (found !== undefined && wanted) {
        const item = itemOf(found.record, found.position);
        items.push(request.keysOnly ? { ...item, value: NO_BYTES } : item);
      }
    }
    if (request.uncounted === true && count > limit) break;
    await pause();
  }
  return { items, revision, more: count > items.length && !request.countOnly, count };
}

/** Shows everything in a range, newest versions, and holds the event loop no longer than other reads do. */
export async function scanRange(
  snapshot: Snapshot,
  { start, end }: Pick<RangeRequest, 'start' | 'end'>,
  visit: (item: KeyValue, place: number) => void,
  clock: Clock,
): Promise<void> {
  const pause = yielder(clock);
  for (const { key, value: header } of snapshot.keys(start, end)) {
    const { position } = header;
    visit(itemWith(key, header, snapshot.passingValue(position) ?? NO_BYTES), placeOf(position));
    const waiting = pause();
    if (waiting !== undefined) await waiting;
  }
}

function loadItem(snapshot: Snapshot, key: string, header: Header): KeyValue {
  return itemWith(key, header, snapshot.log(header.position)?.value ?? NO_BYTES);
}

function itemWith(key: string, header: Header, value: Uint8Array): KeyValue {
  const { createRevision, version, lease } = header;
  const item = { key, value, createRevision, modRevision: revisionAt(header.position), version };
  return lease === undefined ? item : { ...item, lease };
}

/** Events after a revision, whole revisions only, as many as one read takes. */
export function readHistory(snapshot: Snapshot, afterRevision: number): EventBatch {
  const records: { readonly key: number; readonly value: LogRecord }[] = [];
  let bytes = 0;
  for (const entry of snapshot.logFrom(positionOf(afterRevision + 1, 0))) {
    const isFull = records.length >= EVENTS_PER_READ_MAX || bytes >= BYTES_PER_READ_MAX;
    if (isFull && revisionAt(entry.key) !== revisionAt(records.at(-1)!.key)) break;
    records.push(entry);
    bytes += entry.value.value.length;
  }
  const events = records.map(({ key: position, value: record }): StorageEvent => {
    const before = record.previous === 0 ? undefined : snapshot.log(record.previous);
    const previous = before?.kind === 'put' ? itemOf(before, record.previous) : undefined;
    if (record.kind === 'put') return { kind: 'put', current: itemOf(record, position), previous };
    return { kind: 'delete', key: record.key, revision: revisionAt(position), previous: previous! };
  });
  return { events, revision: records.length === 0 ? afterRevision : revisionAt(records.at(-1)!.key) };
}

/** What is found after the writer of `main.ts` died, and what must be true of it. */
import assert from 'node:assert/strict';
import { realClock, silentLogger } from '@steersman/machinery';
import type { KeyValue } from '../../contract.ts';
import { openLmdbStorage } from '../open.ts';
import { deletes, pairOf } from './script.ts';

/** A write that the writer was told is on disk. */
export interface Acknowledged {
  readonly writer: number;
  readonly sequence: number;
  readonly revision: number;
}

export function parseAcknowledged(line: string): Acknowledged {
  const [writer = 0, sequence = 0, revision = 0] = line.split(' ').map(Number);
  return { writer, sequence, revision };
}

export interface State {
  readonly items: ReadonlyMap<string, KeyValue>;
  readonly compacted: number;
  readonly revision: number;
  /** All events since compaction. */
  readonly events: readonly { readonly key: string; readonly revision: number }[];
}

/** Opens the store, reads everything in it, and closes it. */
export async function readState(folder: string): Promise<State> {
  const storage = await openLmdbStorage({ folder, clock: realClock(), log: silentLogger });
  const { items } = await storage.range({ start: '/w/', end: '/w0' });
  const compacted = await storage.compactedRevision();
  const revision = await storage.currentRevision();
  const events: { key: string; revision: number }[] = [];
  if (compacted < revision) {
    const { promise, resolve } = Promise.withResolvers<void>();
    storage.watch({ start: '/', end: '0', afterRevision: compacted }, (batch) => {
      for (const event of batch.events) {
        const { key, modRevision: at } =
          event.kind === 'put' ? event.current : { key: event.key, modRevision: event.revision };
        if (at <= revision) events.push({ key, revision: at }); // Keys go on expiring while we look.
      }
      if (batch.revision >= revision) resolve();
    });
    await promise;
  }
  await storage.close();
  return { items: new Map(items.map((item) => [item.key, item])), compacted, revision, events };
}

const contentOf = (item: KeyValue): { writer: number; sequence: number } =>
  JSON.parse(Buffer.from(item.value).toString());

/** Nothing acknowledged is missing, no transaction is there by half, and the history has no gap. */
export function checkState(state: State, acknowledged: readonly Acknowledged[]): void {
  checkAcknowledged(state, acknowledged);
  checkPairs(state);
  checkHistory(state);
}

function checkAcknowledged({ items, revision }: State, acknowledged: readonly Acknowledged[]): void {
  const newest = new Map<number, number>(); // A writer has at most the next one under way.
  for (const { writer, sequence } of acknowledged) newest.set(writer, Math.max(newest.get(writer) ?? 0, sequence));
  const last = new Map<string, Acknowledged>();
  for (const write of acknowledged) {
    assert.ok(write.revision <= revision, `revision ${write.revision} was acknowledged, the newest is ${revision}`);
    const pair = pairOf(write.writer, write.sequence);
    if (write.sequence >= (last.get(pair)?.sequence ?? 0)) last.set(pair, write);
  }
  for (const [pair, { writer, sequence, revision: written }] of last) {
    const item = items.get(`${pair}/a`);
    const found = item === undefined ? undefined : contentOf(item).sequence;
    const underway = newest.get(writer)! + 1;
    const shows = (one: number) => (deletes(one) ? item === undefined : found === one);
    const isExplained = shows(sequence) || (pairOf(writer, underway) === pair && shows(underway));
    assert.ok(isExplained, `${pair} holds ${found ?? 'nothing'} after the acknowledged write ${sequence}`);
    if (found === sequence) assert.equal(item?.modRevision, written);
  }
}

function checkPairs({ items }: State): void {
  for (const [key, item] of items) {
    const twin = items.get(`${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`);
    assert.equal(twin?.modRevision, item.modRevision, `${key} is half of a transaction`);
    assert.equal(contentOf(item).sequence, contentOf(twin!).sequence);
  }
}

/** Every revision has its events, in order: two of a pair, one of a short-lived key. */
function checkHistory({ events, compacted, revision }: State): void {
  const byRevision = Map.groupBy(events, (event) => event.revision);
  const expected = Array.from({ length: revision - compacted }, (_, at) => compacted + 1 + at);
  assert.deepEqual([...byRevision.keys()], expected, 'every revision, in order');
  for (const [at, [first, ...others]] of byRevision)
    assert.equal(others.length, first?.key.startsWith('/w/') ? 1 : 0, `the events of revision ${at}`);
}

/** What is found after the writer of `main.ts` died, and what must be true of it. */
import assert from 'node:assert/strict';
import { realClock, silentLogger } from '@steersman/machinery';
import type { KeyValue } from '../../contract.ts';
import { openLmdbStorage } from '../open.ts';

const KEYS_PER_WRITER = 50;

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
  /** Revisions of all events since compaction, one entry per event. */
  readonly events: readonly number[];
}

/** Opens the store, reads everything in it, and closes it. */
export async function readState(folder: string): Promise<State> {
  const storage = await openLmdbStorage({ folder, clock: realClock(), log: silentLogger });
  const { items } = await storage.range({ start: '/w/', end: '/w0' });
  const compacted = await storage.compactedRevision();
  const revision = await storage.currentRevision();
  const events: number[] = [];
  if (compacted < revision) {
    const { promise, resolve } = Promise.withResolvers<void>();
    storage.watch({ start: '/', end: '0', afterRevision: compacted }, (batch) => {
      for (const event of batch.events) if (event.kind === 'put') events.push(event.current.modRevision);
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
export function checkState({ items, compacted, revision, events }: State, acknowledged: readonly Acknowledged[]): void {
  for (const { writer, sequence, revision: written } of acknowledged) {
    assert.ok(written <= revision, `revision ${written} was acknowledged, the newest is ${revision}`);
    const key = `/w/${String(writer).padStart(2, '0')}/${sequence % KEYS_PER_WRITER}`;
    const item = items.get(`${key}/a`);
    assert.ok(item !== undefined, `${key} was acknowledged and is gone`);
    const content = contentOf(item);
    // A later write of the same key may be there: acknowledged, or under way when the process died.
    const isThisOrLater = content.sequence >= sequence && content.writer === writer;
    assert.ok(isThisOrLater, `${key} holds ${content.sequence}, not ${sequence}`);
    if (content.sequence === sequence) assert.equal(item.modRevision, written);
  }
  for (const [key, item] of items) {
    const twin = items.get(`${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`);
    assert.equal(twin?.modRevision, item.modRevision, `${key} is half of a transaction`);
    assert.equal(contentOf(item).sequence, contentOf(twin!).sequence);
  }
  const expected = Array.from({ length: (revision - compacted) * 2 }, (_, at) => compacted + 1 + (at >> 1));
  assert.deepEqual(events, expected, 'every revision has its two events, in order');
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@steersman/machinery';
import { CacheEntry, NO_FIELDS, NO_LABELS } from './entry.ts';
import { Slab } from './slab.ts';
import { SortedEntries } from './sorted-entries.ts';

function entry(name: string, revision: number): CacheEntry {
  const range = { slab: new Slab(Buffer.alloc(0)), offset: 0, length: 0 };
  const attributes = { labels: NO_LABELS, fields: NO_FIELDS };
  return new CacheEntry({ key: name, namespace: '', name, revision }, range, attributes);
}
const textOf = (runs: readonly (readonly CacheEntry[])[]) =>
  runs.flatMap((run) => run.map(({ name, revision }) => `${name}@${revision}`));

test('SortedEntries holds what a map would, in order, after any changes; snapshots stay as they were', () => {
  const random = seededRandom(7);
  const entries = new SortedEntries();
  const model = new Map<string, number>();
  const expected = () =>
    [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, revision]) => `${name}@${revision}`);
  const snapshots: { readonly runs: ReturnType<SortedEntries['snapshot']>; readonly text: readonly string[] }[] = [];
  for (let step = 0; step < 6000; step++) {
    const name = `object-${random.integer(2500)}`;
    if (random.integer(4) === 0) {
      entries.delete(name);
      model.delete(name);
    } else {
      entries.set(entry(name, step));
      model.set(name, step);
    }
    assert.equal(entries.size, model.size);
    if (step % 500 === 0) snapshots.push({ runs: entries.snapshot(), text: expected() });
  }
  assert.deepEqual(textOf(entries.snapshot()), expected());
  for (const { runs, text } of snapshots) assert.deepEqual(textOf(runs), text);
  for (const name of [...model.keys()]) entries.delete(name);
  assert.deepEqual([entries.size, entries.snapshot()], [0, []]);
});

test('SortedEntries keeps runs full when names grow, and a change copies one run at most', () => {
  const entries = new SortedEntries();
  for (let index = 0; index < 5120; index++) entries.set(entry(`object-${String(index).padStart(5, '0')}`, 1));
  const before = entries.snapshot();
  assert.equal(before.length, 10);
  assert.equal(entries.snapshot(), before);
  entries.set(entry('object-01000', 2));
  const after = entries.snapshot();
  assert.equal(after.filter((run, index) => run !== before[index]).length, 1);
});

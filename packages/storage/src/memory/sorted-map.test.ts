import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@steersman/machinery';
import { sortedMap } from './sorted-map.ts';

test('sortedMap() behaves as a sorted Map does, over thousands of random changes', () => {
  const random = seededRandom(5);
  const map = sortedMap<number>();
  const model = new Map<string, number>();
  for (let step = 0; step < 20_000; step += 1) {
    const key = String(random.integer(4000)).padStart(5, '0');
    if (random.float() < 0.4) {
      map.delete(key);
      model.delete(key);
    } else {
      map.set(key, step);
      model.set(key, step);
    }
    assert.equal(map.get(key), model.get(key));
  }
  assert.equal(map.size, model.size);
  for (const [start, end] of [
    ['', '~'],
    ['01000', '02000'],
    ['00500', '00500'],
    ['03999', '9'],
    ['01234x', '01300'],
  ] as const) {
    const scanned: [string, number][] = [];
    map.scan(start, end, (key, value) => scanned.push([key, value]) > 0);
    const expected = [...model].filter(([key]) => start <= key && key < end).sort(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(scanned, expected);
  }
});

test('sortedMap().scan stops when told to', () => {
  const map = sortedMap<number>();
  for (let key = 0; key < 2000; key += 1) map.set(String(key).padStart(5, '0'), key);
  const seen: number[] = [];
  map.scan('', '~', (_key, value) => seen.push(value) < 3);
  assert.deepEqual(seen, [0, 1, 2]);
});

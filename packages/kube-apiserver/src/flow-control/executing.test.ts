import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Executing, type Taken } from './executing.ts';

const taken = (seats: number) => ({ seats }) as Taken;
const seatsOf = (executing: Executing) => [...executing].map(({ seats }) => seats).sort();

test('Executing has what was added and has not ended, whatever the order of the ends', () => {
  const executing = new Executing();
  const ends = [1, 2, 3, 4].map((seats) => executing.add(taken(seats)));
  ends[0]!();
  assert.deepEqual(seatsOf(executing), [2, 3, 4]);
  ends[3]!();
  assert.deepEqual(seatsOf(executing), [2, 3]);
  ends[1]!();
  const again = executing.add(taken(5));
  assert.deepEqual(seatsOf(executing), [3, 5]);
  again();
  ends[2]!();
  assert.deepEqual(seatsOf(executing), []);
});

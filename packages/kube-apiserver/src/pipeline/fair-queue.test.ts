import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairQueue } from './fair-queue.ts';

test('FairQueue serves flows in turn and each flow in order', () => {
  const queue = new FairQueue<string>({ perFlowMax: 10, totalMax: 10 });
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(item.slice(0, 1), item);
  const served = Array.from({ length: 7 }, () => queue.shift());
  assert.deepEqual(served, ['a1', 'b1', 'c1', 'a2', 'c2', 'a3', undefined]);
});

test('FairQueue.push refuses beyond its limits, and remove makes room again', () => {
  const queue = new FairQueue<number>({ perFlowMax: 2, totalMax: 3 });
  assert.deepEqual([queue.push('a', 1), queue.push('a', 2), queue.push('a', 3)], [true, true, false]);
  assert.deepEqual([queue.push('b', 4), queue.push('c', 5)], [true, false]);
  queue.remove('a', 1);
  assert.deepEqual([queue.push('c', 5), queue.size, queue.shift()], [true, 3, 2]);
});

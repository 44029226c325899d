import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { describeStorage } from '../conformance.ts';
import { describeShippedBugs } from '../shipped-bugs.ts';
import { driver } from '../suite-driver.ts';
import { createMemoryStorage } from './engine.ts';

const make = async () => {
  const clock = fakeClock();
  return { storage: createMemoryStorage({ clock }), clock };
};
describeStorage('createMemoryStorage()', make);
describeShippedBugs('createMemoryStorage()', make);

test('createMemoryStorage() forgets the older half of its history when it has grown too long', async () => {
  const clock = fakeClock();
  const { storage, write, list } = driver({ storage: createMemoryStorage({ clock, historyEventsMax: 30 }), clock });
  for (let round = 1; round <= 10; round += 1)
    await write({ a: String(round), b: String(round), c: String(round), d: String(round) });
  const oldest = await storage.compactedRevision();
  assert.ok(oldest > 0 && oldest < 10, `compacted at ${oldest}`);
  assert.equal((await list(oldest)).length, 4);
  assert.deepEqual((await list()).at(-1), 'd=10@1/10#10');
});

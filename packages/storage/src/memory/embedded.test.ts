import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { describeEmbedded } from '../conformance-embedded.ts';
import { createMemoryStorage } from './engine.ts';

describeEmbedded('createMemoryStorage() as an embedded engine', async () =>
  createMemoryStorage({ clock: fakeClock() }),
);

test('createMemoryStorage() begins at the revision it is told', async () => {
  const storage = createMemoryStorage({ clock: fakeClock(), firstRevision: 1 });
  assert.equal(await storage.currentRevision(), 1);
  assert.equal((await storage.range({ start: '/', end: '0' })).revision, 1);
  assert.equal((await storage.decide(() => [{ kind: 'put', key: '/a', value: Buffer.of(1) }])).revision, 2);
});

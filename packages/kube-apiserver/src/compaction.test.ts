import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock, silentLogger } from '@steersman/machinery';
import { createMemoryStorage, isStorageError } from '@steersman/storage';
import { COMPACTION_INTERVAL_MS, keepCompacting } from './compaction.ts';

test('keepCompacting forgets what is older than an interval, and stops when told', async () => {
  const clock = fakeClock();
  const storage = createMemoryStorage({ clock });
  const closing = new AbortController();
  keepCompacting({ storage, clock, log: silentLogger, signal: closing.signal });
  const write = async (value: string) => {
    const result = await storage.transact({ when: [], write: [{ kind: 'put', key: '/a', value: Buffer.from(value) }] });
    return result.revision;
  };
  const old = await write('1');
  await write('2');
  await clock.advance(COMPACTION_INTERVAL_MS);
  const kept = await write('3');
  await clock.advance(COMPACTION_INTERVAL_MS);
  await assert.rejects(storage.get('/a', { revision: old }), (error) => isStorageError(error, 'compacted'));
  assert.equal((await storage.get('/a', { revision: kept })).item?.value.toString(), '3');
  closing.abort();
  assert.equal(clock.timers, 0);
});

test('keepCompacting leaves compaction to others when its interval is 0', () => {
  const clock = fakeClock();
  const { signal } = new AbortController();
  keepCompacting({ storage: createMemoryStorage({ clock }), clock, log: silentLogger, signal, intervalMs: 0 });
  assert.equal(clock.timers, 0);
});

test('keepCompacting bounds history by revisions too, long before it is old', async () => {
  const clock = fakeClock();
  const storage = createMemoryStorage({ clock });
  const closing = new AbortController();
  keepCompacting({ storage, clock, log: silentLogger, signal: closing.signal, revisionsMax: 10 });
  const put = () => storage.transact({ when: [], write: [{ kind: 'put', key: '/a', value: Buffer.from('v') }] });
  for (let count = 0; count < 25; count++) await put();
  await clock.advance(10_000);
  assert.equal((await storage.currentRevision()) - (await storage.compactedRevision()), 10);
  await clock.advance(COMPACTION_INTERVAL_MS);
  assert.equal((await storage.get('/a')).item?.value.toString(), 'v');
  closing.abort();
  assert.equal(clock.timers, 0);
});

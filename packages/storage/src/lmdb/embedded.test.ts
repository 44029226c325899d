import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fakeClock, silentLogger } from '@steersman/machinery';
import { describeEmbedded } from '../conformance-embedded.ts';
import { openLmdbStorage } from './open.ts';

const log = silentLogger;
const root = mkdtempSync(join(tmpdir(), 'steersman-embedded-'));
after(() => rmSync(root, { recursive: true }));
let stores = 0;
const newFolder = () => join(root, String(++stores));
const open = (folder: string, firstRevision = 0) => openLmdbStorage({ folder, clock: fakeClock(), log, firstRevision });

describeEmbedded('openLmdbStorage() as an embedded engine', () => open(newFolder()));

test('openLmdbStorage() begins a new store at the revision it is told, and only a new one', async () => {
  const folder = newFolder();
  const storage = await open(folder, 1);
  assert.equal(await storage.currentRevision(), 1);
  assert.equal((await storage.decide(() => [{ kind: 'put', key: '/a', value: Buffer.of(1) }])).revision, 2);
  await storage.close();
  const again = await open(folder, 10);
  assert.equal(await again.currentRevision(), 2);
  await again.close();
});

test('openLmdbStorage() finds keys, their leases and the leases again, in the store and in a copy of it', async () => {
  const folder = newFolder();
  const copy = newFolder();
  mkdirSync(copy);
  const storage = await open(folder);
  await storage.leases.put({ id: 9n, ttlSeconds: 30 });
  const many = Array.from({ length: 300 }, (_, index) => `/k${String(index).padStart(3, '0')}`);
  await storage.decide(() => many.map((key) => ({ kind: 'put', key, value: Buffer.of(1), lease: 9n })));
  await storage.copyTo?.(copy);
  await storage.close();
  for (const place of [folder, copy]) {
    const found = await open(place);
    assert.deepEqual(await found.leases.list(), [{ id: 9n, ttlSeconds: 30 }]);
    const { items, revision } = await found.range({ start: '/', end: '0' });
    assert.equal(revision, 1);
    assert.deepEqual(
      items.map(({ key, lease, modRevision }) => [key, lease, modRevision]),
      many.map((key) => [key, 9n, 1]),
    );
    await found.close();
  }
});

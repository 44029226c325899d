import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeClock, silentLogger } from '@steersman/machinery';
import { isStorageError } from '../error.ts';
import { driver } from '../suite-driver.ts';
import { openLmdbStorage } from './open.ts';
import { lmdbSnapshotStatus, restoreLmdbSnapshot, saveLmdbSnapshot } from './snapshot.ts';

async function open(folder: string) {
  const clock = fakeClock();
  return driver({ storage: await openLmdbStorage({ folder, clock, log: silentLogger }), clock });
}

async function inFolder(body: (at: (name: string) => string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-snapshot-'));
  try {
    await body((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('saveLmdbSnapshot() and restoreLmdbSnapshot() bring back what was stored, far above every earlier revision', () =>
  inFolder(async (at) => {
    const before = await open(at('store'));
    await before.put('a', '1');
    await before.put('a', '2');
    await before.put('gone', '1');
    await before.delete('gone');
    await before.storage.close();
    const saved = await saveLmdbSnapshot(at('store'), at('snapshot'));
    assert.deepEqual([saved.revision, saved.compactedRevision, saved.keys], [4, 0, 1]);
    assert.deepEqual(await lmdbSnapshotStatus(at('snapshot')), saved);

    const { revision } = await restoreLmdbSnapshot(at('snapshot'), at('restored'));
    assert.equal(revision, 1_000_000_004);
    const { storage, list, put } = await open(at('restored'));
    assert.deepEqual(await list(), ['a=2@1/2#2']);
    assert.equal(await storage.currentRevision(), revision);
    // An informer that comes from before, from whichever revision, must list again.
    for (const afterRevision of [1, 4, 5, 50_000, revision - 1])
      await assert.rejects(
        storage.watch({ start: '/r/', end: '/r0', afterRevision }, () => assert.fail('told something')).done,
        (error) => isStorageError(error, 'compacted'),
      );
    assert.equal(await put('a', '3'), revision + 1);
    assert.deepEqual(await list(), [`a=3@1/${revision + 1}#3`]);
    await storage.close();
    assert.deepEqual(readdirSync(at('')).sort(), ['restored', 'snapshot', 'store'], 'nothing is left behind');
  }));

test('restoreLmdbSnapshot() and saveLmdbSnapshot() replace nothing and take nothing that is not a store', () =>
  inFolder(async (at) => {
    await (await open(at('store'))).storage.close();
    await saveLmdbSnapshot(at('store'), at('snapshot'));
    const refuses = (promise: Promise<unknown>, code: 'unavailable' | 'corrupt', message: RegExp) =>
      assert.rejects(promise, (error) => isStorageError(error, code) && message.test(error.message));
    await refuses(saveLmdbSnapshot(at('store'), at('snapshot')), 'unavailable', /exists: remove it first/);
    await refuses(saveLmdbSnapshot(at('none'), at('other')), 'unavailable', /there is no/);
    await refuses(restoreLmdbSnapshot(at('snapshot'), at('store')), 'unavailable', /exists: remove it first/);
    writeFileSync(at('text'), 'x'.repeat(100_000));
    await refuses(restoreLmdbSnapshot(at('text'), at('new')), 'corrupt', /is not a store/);
  }));

/** Bugs that other stores were shipped with, where only a store with a disk can have them; see docs/reliability.md. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeClock, silentLogger } from '@steersman/machinery';
import { isStorageError } from '../error.ts';
import { driver } from '../suite-driver.ts';
import { openLmdbEnvironment } from './adapters/lmdb-environment.ts';
import { RETRY_MS } from './committer.ts';
import { createEngine } from './engine.ts';
import type { Environment } from './environment.ts';

const log = silentLogger;

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-bugs-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An engine on real tables whose disk refuses commits while `refuses` says so. */
function engineOn(folder: string, refuses: () => boolean = () => false) {
  const tables = openLmdbEnvironment(folder);
  const clock = fakeClock();
  const commit: Environment['commit'] = async (writes) => {
    if (refuses()) throw Object.assign(new TypeError('database is locked'), { code: 'EBUSY' });
    await tables.commit(writes);
  };
  return driver({ storage: createEngine({ environment: { ...tables, commit }, clock, log }), clock });
}

const unavailable = (error: unknown) => isStorageError(error, 'unavailable');

/** For what happens as soon as a real disk has done its part: a store that never comes so far fails the test, which then ends. */
const PATIENCE = { timeout: 30_000 };

test('createEngine() compacts again after a compaction that the disk refused', PATIENCE, ({ signal }) =>
  inFolder(async (folder) => {
    let refusing = false;
    const { storage, put, list, clock } = engineOn(folder, () => refusing);
    await Promise.all(Array.from({ length: 600 }, (_, round) => put('a', String(round))));
    refusing = true;
    await assert.rejects(storage.compact(500), unavailable);
    refusing = false;
    await clock.advance(RETRY_MS);
    while (!signal.aborted && (await storage.compactedRevision()) < 500)
      await storage.compact(500).catch(() => new Promise((resolve) => setImmediate(resolve)));
    await assert.rejects(list(499), (error) => isStorageError(error, 'compacted'));
    assert.deepEqual(await list(500), ['a=499@1/500#500']);
    await storage.compact(600);
    assert.equal(await storage.compactedRevision(), 600);
    await storage.close();
  }),
);

test('createEngine() gives out no revision twice when it ended at any point of a compaction', () =>
  inFolder(async (folder) => {
    let newest = 0;
    for (let allowed = 0; allowed < 6; allowed += 1) {
      let commits = Number.POSITIVE_INFINITY;
      const before = engineOn(folder, () => commits-- <= 0);
      const writes = Array.from({ length: 200 }, () => [before.put('a', 'x'), before.delete('a')]).flat();
      newest = Math.max(...(await Promise.all(writes)));
      commits = allowed;
      await before.storage.compact(newest).catch(() => undefined);
      await before.storage.close();
      const after = engineOn(folder);
      assert.equal(await after.storage.currentRevision(), newest, `ended after ${allowed} commits`);
      assert.equal(await after.get('a'), undefined);
      const next = await after.put('b', 'x');
      assert.equal(next, newest + 1);
      await after.storage.close();
    }
  }));

test('createEngine() does not let its file grow while what it holds does not', () =>
  inFolder(async (folder) => {
    const { storage, put } = engineOn(folder);
    const sizes: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      for (let batch = 0; batch < 10; batch += 1)
        await Promise.all(Array.from({ length: 20 }, (_, key) => put(`k${key}`, 'x'.repeat(2000))));
      await storage.compact(await storage.currentRevision());
      sizes.push(await storage.size());
    }
    assert.ok(sizes.at(-1)! <= 1.5 * sizes[2]!, `sizes after each round: ${sizes.join(', ')}`);
    await storage.close();
  }));

test('createEngine() lets keys expire once the disk that refused it takes writes again', PATIENCE, ({ signal }) =>
  inFolder(async (folder) => {
    let refusing = false;
    const { storage, put, get, clock } = engineOn(folder, () => refusing);
    await put('short', '1', 1);
    refusing = true;
    await clock.advance(5000);
    assert.equal(await get('short'), 'short=1@1/1#1');
    refusing = false;
    // The disk is real and may be slow; the clock is not.
    while (!signal.aborted && (await get('short')) !== undefined) {
      await clock.advance(RETRY_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await storage.close();
  }),
);

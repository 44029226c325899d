import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeClock, silentLogger } from '@steersman/machinery';
import { describeStorage } from '../conformance.ts';
import { isStorageError } from '../error.ts';
import { describeShippedBugs } from '../shipped-bugs.ts';
import { driver } from '../suite-driver.ts';
import { openLmdbEnvironment } from './adapters/lmdb-environment.ts';
import { openLmdbStorage } from './open.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'steersman-storage-'));

async function open(folder: string) {
  const clock = fakeClock();
  return driver({ storage: await openLmdbStorage({ folder, clock, log: silentLogger }), clock });
}

/** Runs the body with a folder that is removed afterwards. */
async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = newFolder();
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const make = async () => {
  const folder = newFolder();
  const clock = fakeClock();
  const storage = await openLmdbStorage({ folder, clock, log: silentLogger });
  return { storage, clock, remove: async () => rmSync(folder, { recursive: true }) };
};
describeStorage('openLmdbStorage()', make);
describeShippedBugs('openLmdbStorage()', make);

test('openLmdbStorage() finds everything again: values, revisions, history, compaction', () =>
  inFolder(async (folder) => {
    const before = await open(folder);
    await before.put('a', '1');
    await before.put('a', '2');
    await before.put('b', '1');
    await before.delete('b');
    await before.put('c', '1');
    await before.storage.compact(3);
    await before.storage.close();

    const after = await open(folder);
    assert.equal(await after.storage.currentRevision(), 5);
    assert.equal(await after.storage.compactedRevision(), 3);
    assert.deepEqual(await after.list(), ['a=2@1/2#2', 'c=1@5/5#1']);
    assert.deepEqual(await after.list(3), ['a=2@1/2#2', 'b=1@3/3#1']);
    assert.equal(await after.put('b', '2'), 6);
    assert.equal(await after.get('b'), 'b=2@6/6#1');
    await after.storage.close();
  }));

test('openLmdbStorage() knows the newest revision even when compaction left no record of it', () =>
  inFolder(async (folder) => {
    const before = await open(folder);
    await before.put('a', '1');
    await before.delete('a');
    await before.storage.compact(2);
    await before.storage.close();
    const after = await open(folder);
    assert.equal(await after.put('a', '2'), 3);
    await after.storage.close();
  }));

test('openLmdbStorage() deletes keys whose time ran out while it was closed', () =>
  inFolder(async (folder) => {
    const before = await open(folder);
    await before.put('short', '1', 10);
    await before.put('long', '1', 1000);
    await before.storage.close();

    const clock = fakeClock();
    clock.jump(20_000);
    const storage = await openLmdbStorage({ folder, clock, log: silentLogger });
    const deleted = Promise.withResolvers<string>();
    storage.watch({ start: '/', end: '0' }, ({ events: [event] }) => {
      if (event?.kind === 'delete') deleted.resolve(event.key);
    });
    await clock.advance(1);
    assert.equal(await deleted.promise, '/r/short');
    assert.equal((await storage.range({ start: '/', end: '0' })).count, 1);
    await storage.close();
  }));

test('openLmdbStorage() refuses a folder that is open already, and takes it once it is closed', () =>
  inFolder(async (folder) => {
    const first = await open(folder);
    await assert.rejects(open(folder), (error) => {
      assert.ok(isStorageError(error, 'unavailable'));
      assert.match(error.message, new RegExp(`in use by process ${process.pid}`));
      return true;
    });
    await first.storage.close();
    await (await open(folder)).storage.close();
  }));

test('openLmdbStorage() takes over a folder whose owner no longer runs', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'owner'), '999999999 12345\n');
    await (await open(folder)).storage.close();
    writeFileSync(join(folder, 'owner'), `${process.ppid} 1\n`); // The number is another process's by now.
    await (await open(folder)).storage.close();
  }));

test('openLmdbStorage() refuses another format and files that are no store', () =>
  inFolder(async (folder) => {
    const environment = openLmdbEnvironment(folder);
    await environment.commit([{ table: 'meta', key: 'format', value: 99 }]);
    await environment.close();
    await assert.rejects(open(folder), (error) => isStorageError(error, 'corrupt') && /format 99/.test(error.message));
    writeFileSync(join(folder, 'data.mdb'), Buffer.alloc(8192, 'x'));
    await assert.rejects(open(folder), (error) => isStorageError(error, 'corrupt'));
  }));

test('openLmdbStorage().forgetReads() is not noticed by anybody, before the first write and after it', () =>
  inFolder(async (folder) => {
    const before = await open(folder);
    await before.put('a', '1');
    await before.storage.close();

    const after = await open(folder);
    const { storage } = after;
    const seen: number[] = [];
    const watch = storage.watch({ start: '/', end: '0' }, ({ revision }) => seen.push(revision));
    const reading = after.list();
    storage.forgetReads?.();
    assert.equal((await reading).length, 1);
    storage.forgetReads?.();
    assert.deepEqual(await after.list(), ['a=1@1/1#1']);
    assert.equal(await after.put('b', '1'), 2);
    storage.forgetReads?.();
    assert.equal(await after.put('a', '2'), 3);
    assert.deepEqual(await after.list(), ['a=2@1/3#2', 'b=1@2/2#1']);
    assert.deepEqual(seen, [2, 3]);
    watch.close();
    await storage.close();
    const again = await open(folder);
    assert.deepEqual(await again.list(), ['a=2@1/3#2', 'b=1@2/2#1']);
    await again.storage.close();
  }));

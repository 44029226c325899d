import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeClock, seededRandom, silentLogger } from '@steersman/machinery';
import { isStorageError } from '../error.ts';
import { createMemoryStorage } from '../memory/engine.ts';
import { driver } from '../suite-driver.ts';
import { openLmdbEnvironment } from './adapters/lmdb-environment.ts';
import { RETRY_MS } from './committer.ts';
import { createEngine } from './engine.ts';
import type { Environment } from './environment.ts';

/** Runs the body with real tables in a folder that is removed afterwards. */
async function withEnvironment(body: (environment: Environment) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-engine-'));
  try {
    await body(openLmdbEnvironment(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A disk that works until told otherwise, and can be held in the middle of a commit. */
function unreliable(environment: Environment) {
  const state = { failing: false, hold: undefined as Promise<void> | undefined };
  const commit: Environment['commit'] = async (writes) => {
    await state.hold;
    if (state.failing) throw Object.assign(new TypeError('no space left on device'), { code: 'ENOSPC' });
    await environment.commit(writes);
  };
  return { state, environment: { ...environment, commit } };
}

const log = silentLogger;
const rejectsUnavailable = (promise: Promise<unknown>) =>
  assert.rejects(promise, (error) => isStorageError(error, 'unavailable'));

/** Does it as soon as the store takes writes again, which it finds out on a disk that is real. */
async function untilTaken(write: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const refused = await write().catch((error: unknown) => error);
    if (!isStorageError(refused, 'unavailable')) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test(
  'createEngine() fails a batch that the disk refused and all behind it, then only reads until the disk takes writes again',
  {
    timeout: 60_000,
  },
  ({ signal }) =>
    withEnvironment(async (tables) => {
      const { state, environment } = unreliable(tables);
      const clock = fakeClock();
      const { storage, put, list, get } = driver({ storage: createEngine({ environment, clock, log }), clock });
      await put('a', '1');
      const seen: number[] = [];
      storage.watch({ start: '/', end: '0' }, (batch) => seen.push(batch.revision));
      const held = Promise.withResolvers<void>();
      state.hold = held.promise;
      const first = put('a', '2');
      await new Promise((resolve) => setImmediate(resolve)); // The first is on its way to the disk.
      const second = put('b', '1');
      state.failing = true;
      held.resolve();
      // The disk refuses no more than the first, and what builds upon it must not be written all the same.
      const refused = rejectsUnavailable(first).then(() => {
        state.failing = false;
      });
      await Promise.all([refused, rejectsUnavailable(second)]);
      state.failing = true;
      await rejectsUnavailable(put('c', '1'));
      await rejectsUnavailable(storage.compact(1));
      assert.deepEqual(await list(), ['a=1@1/1#1']);
      assert.equal(await get('b'), undefined);
      assert.equal(await storage.currentRevision(), 1);
      assert.deepEqual(seen, []);
      await clock.advance(RETRY_MS);
      await rejectsUnavailable(put('c', '1'));
      state.failing = false;
      await clock.advance(RETRY_MS);
      await untilTaken(() => put('a', '3'), signal);
      await put('b', '1');
      assert.deepEqual(
        (await list()).map((item) => item?.split('@')[0]),
        ['a=3', 'b=1'],
      );
      const now = await storage.currentRevision();
      assert.deepEqual(seen, [now - 1, now], 'watches go on');
      await storage.close();
    }),
);

test('createEngine() tells nobody of a write before it is on disk', () =>
  withEnvironment(async (tables) => {
    const { state, environment } = unreliable(tables);
    const clock = fakeClock();
    const { storage, put, putIf, get } = driver({ storage: createEngine({ environment, clock, log }), clock });
    await put('a', '1');
    const held = Promise.withResolvers<void>();
    state.hold = held.promise;
    let told = 0;
    const tell = () => {
      told += 1;
    };
    storage.watch({ start: '/', end: '0' }, tell);
    const written = put('a', '2').then(tell);
    const refused = putIf('a', 1, 'x').then((result) => {
      tell();
      assert.equal(result.succeeded, false);
      assert.equal(result.revision, 2);
    });
    await clock.settle();
    await clock.settle();
    assert.equal(told, 0);
    assert.equal(await get('a'), 'a=1@1/1#1');
    assert.equal(await storage.currentRevision(), 1);
    held.resolve();
    await Promise.all([written, refused]);
    assert.equal(told, 3);
    await storage.close();
  }));

test('createEngine() resolves every write it accepted before close', () =>
  withEnvironment(async (environment) => {
    const clock = fakeClock();
    const { storage, put } = driver({ storage: createEngine({ environment, clock, log }), clock });
    const writes = Array.from({ length: 50 }, (_, key) => put(`k${key}`, '1'));
    const closed = storage.close();
    assert.deepEqual(
      await Promise.all(writes),
      Array.from({ length: 50 }, (_, key) => key + 1),
    );
    await closed;
  }));

test('createEngine() agrees with the memory engine over thousands of concurrent operations', () =>
  withEnvironment(async (environment) => {
    const random = seededRandom(11);
    const clock = fakeClock();
    const disk = driver({ storage: createEngine({ environment, clock, log }), clock });
    const model = driver({ storage: createMemoryStorage({ clock }), clock });
    const seen: string[][] = [[], []];
    for (const [at, { storage }] of [disk, model].entries()) {
      storage.watch({ start: '/', end: '0' }, ({ events }) => {
        for (const event of events) seen[at]!.push(JSON.stringify(event));
      });
    }
    for (let round = 0; round < 60; round += 1) {
      const steps = Array.from({ length: 1 + random.integer(50) }, () => {
        const key = `k${random.integer(40)}`;
        const other = `k${random.integer(40)}`;
        const draw = random.float();
        const text = String(random.integer(1000));
        // The revision of a deletion that finds nothing is that of whatever was newest; the rest must be the same.
        return (engine: typeof disk) => {
          if (draw < 0.5) return engine.put(key, text);
          if (draw < 0.7) return engine.delete(key).then(() => 'deleted');
          if (draw < 0.8)
            return engine.write({ [key]: text, [`${other}x`]: undefined, [other === key ? 'z' : other]: text });
          return engine.putIf(key, Math.floor(draw * 20) % 2, text);
        };
      });
      const [onDisk, inModel] = await Promise.all(
        [disk, model].map((engine) => Promise.all(steps.map((step) => step(engine)))),
      );
      const succeeded = (results: unknown) =>
        JSON.stringify(results, (key, value) => (key === 'revision' || key === 'current' ? undefined : value));
      assert.equal(succeeded(onDisk), succeeded(inModel), `round ${round}`);
      const revision = await model.storage.currentRevision();
      assert.equal(await disk.storage.currentRevision(), revision);
      if (random.float() < 0.2) {
        const target = Math.max(1, revision - random.integer(60));
        await Promise.all([disk, model].map(({ storage }) => storage.compact(target)));
      }
      const oldest = await model.storage.compactedRevision();
      const old = oldest + random.integer(revision - oldest + 1);
      for (const at of [undefined, old])
        assert.deepEqual(await disk.list(at), await model.list(at), `round ${round} at ${at}`);
      const page = { start: '/r/k1', end: '/r/k3', limit: 3, revision: old };
      assert.deepEqual(
        await disk.storage.range({ ...page, keysOnly: true }),
        await model.storage.range({ ...page, keysOnly: true }),
      );
    }
    assert.deepEqual(seen[0], seen[1]);
    await disk.storage.close();
  }));

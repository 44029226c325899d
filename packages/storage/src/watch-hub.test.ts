import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@steersman/machinery';
import type { EventBatch, StorageEvent } from './contract.ts';
import { isStorageError } from './error.ts';
import { createWatchHub, revisionOf } from './watch-hub.ts';

const ALL = { start: '/', end: '0' };
const eventOf = (revision: number): StorageEvent => {
  const item = { key: '/a', value: Buffer.of(1), createRevision: 1, modRevision: revision, version: revision };
  return { kind: 'put', current: item, previous: undefined };
};
const batchOf = (revision: number): EventBatch => ({ events: [eventOf(revision)], revision });
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('createWatchHub() ends a watch when what it was to be told next is compacted while it is told what comes before', async () => {
  let compacted = 0;
  const hub = createWatchHub({
    revision: 10,
    compactedRevision: () => compacted,
    readHistory: async (after) => batchOf(after < compacted ? 10 : after + 1), // What is compacted is not there any more.
  });
  const told: number[] = [];
  const { done } = hub.watch({ ...ALL, afterRevision: 0 }, ({ revision }) => {
    told.push(revision);
    if (revision === 3) compacted = 5;
  });
  let end: unknown;
  done.catch((error: unknown) => (end = error));
  for (let count = 0; count < 30; count += 1) await turn();
  assert.deepEqual(told, [1, 2, 3]);
  assert.ok(isStorageError(end, 'compacted'));
});

test('createWatchHub() tells every watch everything once, at whatever moment of its beginning others write', async () => {
  const random = seededRandom(7);
  const log: StorageEvent[] = [];
  const hub = createWatchHub({
    revision: 0,
    compactedRevision: () => 0,
    readHistory: async (after) => ({ events: log.slice(after), revision: log.length }),
  });
  const watches: { readonly after: number; readonly told: number[] }[] = [];
  for (let count = 0; count < 300; count += 1) {
    if (random.float() < 0.4) {
      log.push(eventOf(log.length + 1));
      hub.publish(log.slice(-1), log.length);
    }
    if (random.float() < 0.3) {
      const watch = { after: Math.max(0, log.length - random.integer(4)), told: [] as number[] };
      hub.watch(
        { ...ALL, afterRevision: watch.after },
        ({ events }) => void watch.told.push(...events.map(revisionOf)),
      );
      watches.push(watch);
    }
    await turn();
  }
  for (let count = 0; count < 10; count += 1) await turn();
  for (const { after, told } of watches) assert.deepEqual(told, log.slice(after).map(revisionOf));
});

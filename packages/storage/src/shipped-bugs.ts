/**
 * Bugs that other stores were shipped with, as tests that every engine must pass. docs/reliability.md says which test stands
 * for which bug. An engine's own test calls `describeShippedBugs` with a way to make one.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '@steersman/machinery';
import type { RangeResult } from './contract.ts';
import type { StorageError } from './error.ts';
import { ALL, type Case, driver, follow, type StorageUnderTest } from './suite-driver.ts';

/** The text before the revisions of a listed item: `key=value`. */
const contents = (items: readonly (string | undefined)[]) => items.map((item) => item?.split('@')[0]);

const watching: readonly Case[] = [
  [
    'watch() loses nothing when many watches and many writers starve each other',
    async ({ storage, put }) => {
      const watches = Array.from({ length: 40 }, () => follow(storage, 0));
      for (let round = 0; round < 5; round += 1)
        await Promise.all(Array.from({ length: 40 }, (_, key) => put(`k${key}`, String(round).repeat(1000))));
      await Promise.all(watches.map((watch) => watch.until(200)));
      const [first, ...others] = watches.map((watch) => watch.events());
      assert.equal(first?.length, 200);
      for (const events of others) assert.deepEqual(events, first);
    },
  ],
  [
    'watch() opened quickly again and again while writes go on sees all that follows its beginning',
    async ({ storage, put }) => {
      const watches: { readonly after: number; readonly seen: ReturnType<typeof follow> }[] = [];
      const writing: Promise<number>[] = [];
      for (let round = 0; round < 60; round += 1) {
        const after = await storage.currentRevision();
        writing.push(put('a', String(round)));
        for (const back of [0, 1 + (round % 3)]) {
          const from = Math.max(0, after - back);
          watches.push({ after: from, seen: follow(storage, from) });
        }
        // So that writes come to an end at every stage of a watch that is being opened.
        if (round % 4 !== 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(writing);
      const last = await put('a', 'last');
      for (const { after, seen } of watches) {
        await seen.until(last);
        assert.equal(seen.events().length, last - after, `after ${after}`);
      }
    },
  ],
  [
    'watch() that begins before a compacted deletion is refused, and never leaves the deletion out',
    async ({ storage, put, delete: remove }) => {
      await put('a', '1');
      const running = follow(storage);
      await put('b', '1');
      const gone = await remove('a');
      await storage.compact(gone);
      await running.until(gone);
      assert.equal(running.events().at(-1), `delete a@${gone} was a=1@1/1#1`);
      const late = follow(storage, gone - 1);
      const next = await put('c', '1');
      const end = await late.until(next).then(
        () => 'told',
        (error: StorageError) => error.code,
      );
      assert.equal(end, 'compacted');
    },
  ],
  [
    'watch() opened at the compacted revision tells everything after it',
    async ({ storage, put, delete: remove }) => {
      await put('a', '1');
      await put('b', '1');
      await remove('b');
      await storage.compact(3);
      const before = follow(storage, 3);
      await remove('a');
      await put('b', '2');
      const late = follow(storage, 3);
      await Promise.all([before.until(5), late.until(5)]);
      assert.deepEqual(late.events(), ['delete a@4 was a=1@1/1#1', 'put b=2@5/5#1 was undefined']);
      assert.deepEqual(before.events(), late.events());
    },
  ],
  [
    'watch() from a revision that has not happened tells nothing older when it has',
    async ({ storage, put }) => {
      await put('a', '1');
      const future = follow(storage, 4);
      for (const value of ['2', '3', '4', '5', '6']) await put('a', value);
      await future.until(6);
      assert.deepEqual(future.events(), ['put a=5@1/5#5 was a=4@1/4#4', 'put a=6@1/6#6 was a=5@1/5#5']);
    },
  ],
  [
    'watch() never promises progress beyond what it has told',
    async ({ storage, put }) => {
      const told = follow(storage, 0, { start: '/r/b', end: '/r/c' });
      const written: number[] = [];
      for (let round = 0; round < 60; round += 1)
        written.push(...(await Promise.all([put(`a${round}`, '1'), put(`b${round}`, '1')])).slice(1));
      await told.until(120);
      const seen = new Set<number>();
      for (const { events, revision } of told.batches) {
        for (const event of events) if (event.kind === 'put') seen.add(event.current.modRevision);
        for (const one of written) assert.ok(one > revision || seen.has(one), `${one} came after progress ${revision}`);
      }
    },
  ],
  [
    'watch() tells after a compaction of writes that happened, and of nothing else',
    async ({ storage, put, delete: remove }) => {
      const seen = follow(storage, 0);
      for (let round = 0; round < 10; round += 1) {
        await put('a', String(round));
        await put('b', String(round));
        await remove('a');
        await storage.compact(await storage.currentRevision());
      }
      await seen.until(30);
      const late = follow(storage, 30);
      await put('c', '1');
      await late.until(31);
      assert.equal(seen.events().filter((event) => event.startsWith('put')).length, 21);
      assert.equal(seen.events().filter((event) => event.startsWith('delete')).length, 10);
      assert.deepEqual(late.events(), ['put c=1@31/31#1 was undefined']);
      await put('c', '2');
      // Told of what has been written, not as it is written; and none of what is left of before.
      await storage.compact(31);
      for (const [after, events] of [
        [31, ['put c=2@31/32#2 was c=1@31/31#1']],
        [32, []],
      ] as const) {
        const later = follow(storage, after);
        await later.until(32);
        await put('d', String(after));
        await later.until(await storage.currentRevision());
        assert.deepEqual(
          later.events().filter((event) => event.includes('put c')),
          events,
        );
        assert.equal(later.events().at(-1)?.startsWith('put d'), true);
        later.watch.close();
      }
    },
  ],
  [
    'watch() that lies behind a compaction is told everything, or that it cannot be',
    async ({ storage, put, delete: remove }) => {
      // More than any engine reads of its history at once: so that the compaction comes between two reads.
      const keys = Array.from({ length: 60 }, (_, key) => `k${key}`);
      for (let round = 0; round < 20; round += 1) {
        await Promise.all(keys.map((key) => put(key, String(round))));
        await Promise.all(keys.map((key) => remove(key)));
      }
      const all = 2 * 20 * keys.length;
      const behind = all / 2;
      const watches = [0, 10, behind, all - 1].map((after) => ({ after, seen: follow(storage, after) }));
      await storage.compact(behind);
      for (const { after, seen } of watches) {
        const end = await Promise.race([seen.until(all).then(() => 'told'), seen.watch.done.catch(() => 'refused')]);
        if (end === 'told') assert.equal(seen.events().length, all - after, `after ${after}`);
        else assert.ok(after < behind, `after ${after} was refused`);
      }
    },
  ],
];

const reading: readonly Case[] = [
  [
    'range() leaves out nothing of the revision that it shows, while others create',
    async ({ storage, put }) => {
      const lists: Promise<RangeResult>[] = [];
      const made: Promise<number>[] = [];
      // Read in every moment of a write: some of them see a revision that was given out and is not there yet.
      for (let key = 0; key < 60; key += 1) {
        made.push(put(`k${key}`, '1'), put(`l${key}`, '1'));
        lists.push(storage.range(ALL));
        if (key % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        lists.push(storage.range({ ...ALL, limit: 1000 }));
      }
      const revisions = await Promise.all(made);
      for (const { items, revision } of await Promise.all(lists)) {
        const shown = items.map(({ modRevision }) => modRevision).sort((a, b) => a - b);
        const expected = revisions.filter((one) => one <= revision).sort((a, b) => a - b);
        assert.deepEqual(shown, expected, `at ${revision}`);
      }
    },
  ],
  [
    'range() shows a created object from the revision of its creation on, however many are created at once',
    async ({ storage, put }) => {
      const misses: string[] = [];
      await Promise.all(
        Array.from({ length: 60 }, async (_, key) => {
          const revision = await put(`k${key}`, '1');
          for (const at of [undefined, revision]) {
            const { items } = await storage.range({ ...ALL, ...(at !== undefined && { revision: at }) });
            if (!items.some((item) => item.modRevision === revision)) misses.push(`k${key} at ${at ?? 'newest'}`);
          }
        }),
      );
      assert.deepEqual(misses, []);
    },
  ],
  [
    'range() at an old revision shows nothing newer',
    async ({ put, delete: remove, list }) => {
      await put('a', '1');
      await put('b', '1');
      await put('a', '2');
      await remove('b');
      await put('c', '1');
      assert.deepEqual(contents(await list(1)), ['a=1']);
      assert.deepEqual(contents(await list(2)), ['a=1', 'b=1']);
      assert.deepEqual(contents(await list(3)), ['a=2', 'b=1']);
      assert.deepEqual(contents(await list(4)), ['a=2']);
    },
  ],
];

const forgetting: readonly Case[] = [
  [
    'compact() brings no deleted object back and takes no object that exists',
    async ({ storage, put, delete: remove, list }) => {
      const random = seededRandom(23);
      const model = new Map<string, string>();
      const states = new Map<number, readonly string[]>();
      let revision = 0;
      for (let step = 0; step < 150; step += 1) {
        const key = `k${random.integer(8)}`;
        if (random.float() < 0.4 && model.delete(key)) revision = await remove(key);
        else {
          revision = await put(key, String(step));
          model.set(key, String(step));
        }
        states.set(revision, [...model].map(([name, text]) => `${name}=${text}`).sort());
        if (step % 10 !== 9) continue;
        const compacted = revision - random.integer(10);
        await storage.compact(compacted);
        for (const at of [compacted, revision]) assert.deepEqual(contents(await list(at)), states.get(at), `at ${at}`);
      }
    },
  ],
  [
    'compact() up to a deletion leaves nothing of the key, and it can come back',
    async ({ storage, put, delete: remove, list, get }) => {
      await put('a', '1');
      await put('a', '2');
      const gone = await remove('a');
      await storage.compact(gone);
      assert.deepEqual(await list(), []);
      assert.deepEqual(await list(gone), []);
      const back = await put('a', '3');
      assert.equal(await get('a'), `a=3@${back}/${back}#1`);
      await storage.compact(back);
      assert.deepEqual(contents(await list()), ['a=3']);
    },
  ],
  [
    'compact() beyond the newest object that exists does not stop reads, writes or watches',
    async ({ storage, put, delete: remove, list }) => {
      await put('old', '1');
      for (let round = 0; round < 5; round += 1) {
        await put('a', '1');
        await remove('a');
      }
      await storage.compact(11);
      const seen = follow(storage, 11);
      assert.deepEqual(contents(await list()), ['old=1']);
      assert.equal((await storage.range(ALL)).revision, 11);
      assert.deepEqual(contents(await list(11)), ['old=1']);
      assert.equal(await put('a', '2'), 12);
      await seen.until(12);
      assert.equal(seen.events().length, 1);
    },
  ],
];

/** Runs the tests against engines made by `make`; each gets a new, empty one. */
export function describeShippedBugs(name: string, make: () => Promise<StorageUnderTest>): void {
  describe(`${name} has none of the bugs that others shipped`, () => {
    for (const [title, body] of [...watching, ...reading, ...forgetting]) {
      test(title, async () => {
        const engine = await make();
        try {
          await body(driver(engine));
        } finally {
          await engine.storage.close();
          await engine.remove?.();
        }
      });
    }
  });
}

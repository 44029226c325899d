/**
 * What every storage engine must do, as tests. An engine's own test calls `describeStorage` with a way to make one;
 * gaps are not possible: an engine passes all of it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from './limits.ts';
import {
  ALL,
  type Case,
  driver,
  follow,
  PREFIX,
  plain,
  plainEvent,
  rejectsWith,
  type StorageUnderTest,
} from './suite-driver.ts';

const writing: readonly Case[] = [
  [
    'transact() gives revisions that grow by one per transaction that wrote, across keys',
    async ({ put, delete: remove, write, storage, get }) => {
      assert.equal(await storage.currentRevision(), 0);
      assert.equal(await put('a', '1'), 1);
      assert.equal(await put('b', '1'), 2);
      assert.equal(await put('a', '2'), 3);
      assert.equal(await get('a'), 'a=2@1/3#2');
      assert.equal(await remove('a'), 4);
      assert.equal(await remove('a'), 4, 'deleting what is not there writes nothing');
      assert.equal(await put('a', '3'), 5);
      assert.equal(await get('a'), 'a=3@5/5#1', 'a key that comes back starts over');
      assert.equal((await write({ c: '1', d: '1', b: undefined })).revision, 6);
      assert.equal(await get('d'), 'd=1@6/6#1');
      assert.equal(await get('b'), undefined);
      assert.equal((await storage.transact({ when: [], write: [] })).revision, 6);
    },
  ],
  [
    'transact() writes nothing when a comparison fails, and tells what is stored',
    async ({ put, putIf, get, storage }) => {
      await put('a', '1');
      assert.equal((await putIf('b', 0, 'new')).succeeded, true);
      const failed = await storage.transact({
        when: [
          { key: `${PREFIX}a`, target: 'modRevision', equals: 1 },
          { key: `${PREFIX}b`, target: 'modRevision', equals: 0 },
          { key: `${PREFIX}none`, target: 'version', equals: 0 },
        ],
        write: [{ kind: 'delete', key: `${PREFIX}a` }],
      });
      assert.equal(failed.succeeded, false);
      assert.equal(failed.revision, 2);
      assert.deepEqual(failed.succeeded ? [] : failed.current.map(plain), ['a=1@1/1#1', 'b=new@2/2#1', undefined]);
      assert.equal(await get('a'), 'a=1@1/1#1');
      const byVersion = await storage.transact({
        when: [{ key: `${PREFIX}a`, target: 'version', equals: 1 }],
        write: [{ kind: 'delete', key: `${PREFIX}a` }],
      });
      assert.equal(byVersion.succeeded, true);
    },
  ],
  [
    'transact() lets exactly one of many writers with the same expectation win',
    async ({ put, putIf, get }) => {
      const revision = await put('a', '0');
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, writer) => putIf('a', revision, String(writer))),
      );
      assert.equal(results.filter((result) => result.succeeded).length, 1);
      assert.equal(await get('a'), 'a=0@1/2#2', 'the first one called');
      for (const result of results.slice(1))
        assert.equal(result.succeeded ? [] : plain(result.current[0]), 'a=0@1/2#2');
    },
  ],
  [
    'transact() takes writes that are under way into account',
    async ({ put, putIf, storage, get }) => {
      const [first, second, third] = await Promise.all([put('a', '1'), putIf('a', 1, '2'), putIf('a', 2, '3')]);
      assert.deepEqual([first, second.succeeded, third.succeeded], [1, true, true]);
      assert.equal(await get('a'), 'a=3@1/3#3');
      const gone = storage.transact({ when: [], write: [{ kind: 'delete', key: `${PREFIX}a` }] });
      const back = await putIf('a', 0, '4');
      await gone;
      assert.equal(back.succeeded, true);
      assert.equal(await get('a'), 'a=4@5/5#1');
    },
  ],
  [
    'transact() keeps values of any size up to the limit and refuses keys and values over it',
    async ({ storage, put, get }) => {
      const sizes = [0, 1, 2030, 4096, 100_000, VALUE_BYTES_MAX];
      for (const size of sizes) {
        const value = Buffer.alloc(size, 'x');
        await storage.transact({ when: [], write: [{ kind: 'put', key: `${PREFIX}${size}`, value }] });
      }
      for (const size of sizes) {
        const { item } = await storage.get(`${PREFIX}${size}`);
        assert.ok(item !== undefined && Buffer.alloc(size, 'x').equals(item.value), `${size} bytes`);
      }
      const large = { kind: 'put', key: `${PREFIX}large`, value: Buffer.alloc(VALUE_BYTES_MAX + 1) } as const;
      await rejectsWith(storage.transact({ when: [], write: [large] }), 'too-large');
      await rejectsWith(put('k'.repeat(KEY_BYTES_MAX), ''), 'too-large');
      const longest = 'k'.repeat(KEY_BYTES_MAX - PREFIX.length);
      await put(longest, '');
      assert.match((await get(longest)) ?? '', /^k+=@/);
    },
  ],
];

const reading: readonly Case[] = [
  [
    'range() lists in key order, as of now and as of an old revision',
    async ({ put, delete: remove, list }) => {
      await put('b', '1');
      await put('a', '1');
      await put('c', '1');
      await put('b', '2');
      await remove('a');
      await put('a', '9');
      assert.deepEqual(await list(), ['a=9@6/6#1', 'b=2@1/4#2', 'c=1@3/3#1']);
      assert.deepEqual(await list(5), ['b=2@1/4#2', 'c=1@3/3#1']);
      assert.deepEqual(await list(4), ['a=1@2/2#1', 'b=2@1/4#2', 'c=1@3/3#1']);
      assert.deepEqual(await list(2), ['a=1@2/2#1', 'b=1@1/1#1']);
    },
  ],
  [
    'range() stops before its end, pages, counts the whole range, and can leave out values',
    async ({ storage, put }) => {
      for (const key of ['a', 'b', 'c', 'd', 'e']) await put(key, key);
      await storage.transact({ when: [], write: [{ kind: 'put', key: '/other', value: Buffer.from('x') }] });
      const page = await storage.range({ ...ALL, limit: 2 });
      assert.deepEqual(
        [page.items.map(plain), page.more, page.count, page.revision],
        [['a=a@1/1#1', 'b=b@2/2#1'], true, 5, 6],
      );
      const rest = await storage.range({ start: `${PREFIX}b\0`, end: ALL.end, revision: page.revision, limit: 3 });
      assert.deepEqual([rest.items.length, rest.more, rest.count], [3, false, 3]);
      const part = await storage.range({ start: `${PREFIX}b`, end: `${PREFIX}d` });
      assert.deepEqual(part.items.map(plain), ['b=b@2/2#1', 'c=c@3/3#1']);
      const counted = await storage.range({ ...ALL, countOnly: true });
      assert.deepEqual([counted.items.length, counted.count], [0, 5]);
      const keys = await storage.range({ ...ALL, keysOnly: true, limit: 1 });
      assert.deepEqual(keys.items.map(plain), ['a=@1/1#1']);
      for (const [limit, revision] of [
        [4, 6],
        [5, 6],
        [4, 5],
        [5, 5],
      ] as const) {
        const { items, more } = await storage.range({ ...ALL, limit, revision, uncounted: true });
        assert.deepEqual([items.length, more], [limit, limit < 5]);
      }
      const nothing = await storage.range({ start: '/s/', end: '/s0' });
      assert.deepEqual([nothing.items.length, nothing.more, nothing.count], [0, false, 0]);
    },
  ],
  [
    'scan() shows what range() finds, each value for as long as it is looked at',
    async ({ storage, put, delete: remove }) => {
      if (storage.scan === undefined) return; // An engine may have no cheaper way than range().
      for (let index = 0; index < 600; index++)
        await put(`k${1000 + index}`, `value ${index} ${'x'.repeat(index * 20)}`);
      await put('k1003', 'again');
      await put('k1004', '');
      const last = await remove('k1005');
      const seen: (string | undefined)[] = [];
      const revision = await storage.scan(ALL, (item) => void seen.push(plain(item)));
      assert.deepEqual([revision, seen], [last, (await storage.range(ALL)).items.map(plain)]);
      assert.equal(await storage.scan({ start: '/s/', end: '/s0' }, () => assert.fail('nothing is there')), last);
    },
  ],
  [
    'reread() gives every value that scan() has shown, until its key has changed and history is compacted',
    async ({ storage, put, delete: remove }) => {
      const { scan, reread } = storage;
      if (scan === undefined || reread === undefined) return;
      const write = Array.from({ length: 5 }, (_, index) => ({
        kind: 'put' as const,
        key: ALL.start + String(index),
        value: Buffer.from(`together ${index}`),
      }));
      await storage.transact({ when: [], write });
      await put('alone', `alone ${'x'.repeat(5000)}`);
      const seen: { readonly text: string; readonly revision: number; readonly place: number }[] = [];
      await scan.call(storage, ALL, ({ value, modRevision }, place) => {
        seen.push({ text: Buffer.from(value).toString(), revision: modRevision, place });
      });
      const again = () =>
        seen.map(({ revision, place }) => {
          const value = reread.call(storage, revision, place);
          return value === undefined ? undefined : Buffer.from(value).toString();
        });
      const all = seen.map(({ text }) => text);
      assert.equal(all.length, 6);
      assert.deepEqual(again(), all);
      await put('alone', 'changed');
      const last = await remove('0');
      assert.deepEqual(again(), all, 'history still has them');
      await storage.compact(last);
      assert.deepEqual(
        again(),
        all.map((text) => (text.startsWith('alone') || text === 'together 0' ? undefined : text)),
      );
    },
  ],
  [
    'range() pages consistently at its first revision while writes go on',
    async ({ storage, put, delete: remove }) => {
      for (let key = 0; key < 30; key += 1) await put(String(100 + key), 'old');
      const seen: string[] = [];
      let start = ALL.start;
      let revision: number | undefined;
      for (let more = true; more; ) {
        const page = await storage.range({
          start,
          end: ALL.end,
          limit: 7,
          ...(revision !== undefined && { revision }),
        });
        revision ??= page.revision;
        assert.equal(page.revision, revision);
        assert.equal(page.count, 30 - seen.length);
        seen.push(...page.items.map((item) => Buffer.from(item.value).toString()));
        start = `${page.items.at(-1)?.key}\0`;
        more = page.more;
        await put('105', 'new');
        await put('128', 'new');
        await remove(String(110 + seen.length));
        await put(`1105${seen.length}`, 'new');
      }
      assert.deepEqual(seen, new Array(30).fill('old'));
    },
  ],
  [
    'get() reads a key as of an old revision and refuses one that has not happened',
    async ({ put, delete: remove, get, storage }) => {
      await put('a', '1');
      await put('a', '2');
      await remove('a');
      await put('a', '3');
      assert.deepEqual(
        [await get('a', 1), await get('a', 2), await get('a', 3), await get('a', 4)],
        ['a=1@1/1#1', 'a=2@1/2#2', undefined, 'a=3@4/4#1'],
      );
      assert.equal((await storage.get(`${PREFIX}none`)).revision, 4);
      await rejectsWith(get('a', 5), 'future-revision');
      await rejectsWith(storage.range({ ...ALL, revision: 5 }), 'future-revision');
    },
  ],
];

const watching: readonly Case[] = [
  [
    'watch() tells of every event from now on, in order, with previous values',
    async ({ storage, put, delete: remove, write }) => {
      await put('a', '1');
      const { events, until } = follow(storage);
      await put('a', '2');
      await remove('a');
      await put('a', '3');
      const { revision } = await write({ b: '1', a: undefined });
      await until(revision);
      assert.deepEqual(events(), [
        'put a=2@1/2#2 was a=1@1/1#1',
        'delete a@3 was a=2@1/2#2',
        'put a=3@4/4#1 was undefined',
        'put b=1@5/5#1 was undefined',
        'delete a@5 was a=3@4/4#1',
      ]);
    },
  ],
  [
    'watch() resumes after any revision and goes on without gap or repetition',
    async ({ storage, put, delete: remove }) => {
      const live = follow(storage);
      for (let key = 0; key < 5; key += 1) await put(`k${key}`, '1');
      await put('k1', '2');
      await remove('k2');
      await live.until(7);
      const all = live.events();
      for (let after = 0; after <= 7; after += 1) {
        const late = follow(storage, after);
        if (after < 7) await late.until(7);
        assert.deepEqual(late.events(), all.slice(after), `after revision ${after}`);
        late.watch.close();
      }
      const late = follow(storage, 3);
      const writes = Array.from({ length: 50 }, (_, key) => put(`more${key}`, '1'));
      await Promise.all(writes);
      await Promise.all([late.until(57), live.until(57)]);
      assert.deepEqual(late.events(), live.events().slice(3));
    },
  ],
  [
    'watch() catches up over a history longer than one read',
    async ({ storage, write }) => {
      const keys = Array.from({ length: 100 }, (_, key) => String(key).padStart(3, '0'));
      for (let round = 0; round < 30; round += 1)
        await write(Object.fromEntries(keys.map((key) => [key, String(round)])));
      const { batches, until } = follow(storage, 0);
      await until(30);
      assert.equal(
        batches.reduce((sum, batch) => sum + batch.events.length, 0),
        3000,
      );
      for (const batch of batches) assert.equal(batch.events.length % 100, 0, 'never half a transaction');
    },
  ],
  [
    'watch() sees only its range, and learns of revisions in which nothing of it changed',
    async ({ storage, put }) => {
      const narrow = follow(storage, undefined, { start: `${PREFIX}b`, end: `${PREFIX}c` });
      const wide = follow(storage);
      await put('a', '1');
      await put('b', '1');
      await put('bb', '1');
      await put('c', '1');
      await Promise.all([narrow.until(4), wide.until(4)]);
      assert.deepEqual(narrow.events(), ['put b=1@2/2#1 was undefined', 'put bb=1@3/3#1 was undefined']);
      assert.equal(wide.events().length, 4);
    },
  ],
  [
    'watch() calls before the write that it tells of resolves, and never after close',
    async ({ storage, put }) => {
      const first = follow(storage);
      const second = follow(storage);
      await put('a', '1');
      assert.equal(first.events().length, 1);
      first.watch.close();
      await first.watch.done;
      await put('a', '2');
      assert.equal(first.events().length, 1);
      assert.equal(second.events().length, 2);
    },
  ],
  [
    'watch() keeps the order when its handler writes',
    async ({ storage, put }) => {
      const seen: string[] = [];
      const written: Promise<unknown>[] = [];
      storage.watch(ALL, ({ events }) => {
        for (const event of events) {
          seen.push(plainEvent(event));
          if (seen.length < 4) written.push(put('a', String(seen.length)));
        }
      });
      const other = follow(storage);
      await put('a', '0');
      await other.until(4);
      await Promise.all(written);
      assert.deepEqual(seen, other.events());
      assert.equal(seen.length, 4);
    },
  ],
];

const forgetting: readonly Case[] = [
  [
    'compact() forgets what came before and keeps every revision since',
    async ({ storage, put, delete: remove, list, get }) => {
      await put('a', '1');
      await put('a', '2');
      await put('b', '1');
      await remove('b');
      await put('c', '1');
      await put('a', '3');
      await storage.compact(5);
      assert.equal(await storage.compactedRevision(), 5);
      assert.deepEqual(await list(), ['a=3@1/6#3', 'c=1@5/5#1']);
      assert.deepEqual(await list(5), ['a=2@1/2#2', 'c=1@5/5#1']);
      assert.equal(await get('a', 5), 'a=2@1/2#2');
      await rejectsWith(list(4), 'compacted');
      await rejectsWith(get('a', 1), 'compacted');
      await rejectsWith(follow(storage, 4).watch.done, 'compacted');
      const resumed = follow(storage, 5);
      await resumed.until(6);
      assert.deepEqual(resumed.events(), ['put a=3@1/6#3 was a=2@1/2#2']);
    },
  ],
  [
    'compact() refuses the future, takes the past as done, and can be repeated to the end',
    async ({ storage, put, delete: remove, list }) => {
      for (let round = 0; round < 20; round += 1) {
        await put('a', String(round));
        await put('b', String(round));
        await remove('b');
      }
      await rejectsWith(storage.compact(61), 'future-revision');
      await storage.compact(30);
      await storage.compact(10);
      assert.equal(await storage.compactedRevision(), 30);
      await storage.compact(60);
      assert.deepEqual(await list(), ['a=19@1/58#20']);
      assert.equal(await put('b', 'new'), 61);
      assert.deepEqual(await list(), ['a=19@1/58#20', 'b=new@61/61#1']);
    },
  ],
  [
    'put with ttlSeconds deletes the key when its time is over, with an event and a revision',
    async ({ storage, clock, put, get }) => {
      const { events, until } = follow(storage);
      // An engine on real time may be read too late on a slow machine: then its key may be gone or not.
      const livesUntil = async (endsAtMs: number, key: string, expected: string) => {
        const found = await get(key);
        if (clock.monotonic() < endsAtMs) assert.equal(found, expected);
      };
      await put('long', '1', 100_000);
      await put('renewed', '1', 10);
      await put('kept', '1', 10);
      const begunAtMs = clock.monotonic();
      await put('renewed', '2', 14);
      await put('kept', '2');
      await put('short', '1', 10);
      await clock.advance(9_000);
      await livesUntil(begunAtMs + 10_000, 'short', 'short=1@6/6#1');
      await clock.advance(2_000);
      await until(7);
      assert.equal(await get('short'), undefined);
      assert.ok(events().includes('delete short@7 was short=1@6/6#1'), String(events()));
      assert.equal(await get('kept'), 'kept=2@3/5#2');
      await livesUntil(begunAtMs + 14_000, 'renewed', 'renewed=2@2/4#2');
      await clock.advance(5_000);
      await until(8);
      assert.deepEqual([await get('renewed'), await get('kept')], [undefined, 'kept=2@3/5#2']);
      assert.equal(await get('long'), 'long=1@1/1#1');
    },
  ],
  [
    'size() grows with what is stored',
    async ({ storage, put }) => {
      const before = await storage.size();
      for (let key = 0; key < 20; key += 1) await put(`big${key}`, 'x'.repeat(100_000));
      assert.ok((await storage.size()) > before + 1_000_000);
    },
  ],
  [
    'close() ends watches and refuses everything after',
    async ({ storage, put, get }) => {
      const { watch } = follow(storage);
      await put('a', '1');
      await storage.close();
      await rejectsWith(watch.done, 'unavailable');
      await rejectsWith(put('a', '2'), 'unavailable');
      await rejectsWith(get('a'), 'unavailable');
      await rejectsWith(storage.range(ALL), 'unavailable');
      await rejectsWith(storage.currentRevision(), 'unavailable');
      await storage.close();
    },
  ],
];

/** Runs the whole suite against engines made by `make`; each test gets a new, empty one. */
export function describeStorage(name: string, make: () => Promise<StorageUnderTest>): void {
  describe(name, () => {
    for (const [title, body] of [...writing, ...reading, ...watching, ...forgetting]) {
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

/** What the embedded engines must do beyond the contract of all, as tests. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StorageEvent } from './contract.ts';
import type { DecidedOperation, EmbeddedStorage } from './embedded.ts';

const FIRST = '/d/';
const LAST = '/d0';
const SOME_LEASE = 0x7fff_ffff_ffff_fffen;

const put = (key: string, text: string, lease?: bigint): DecidedOperation => ({
  kind: 'put',
  key: FIRST + key,
  value: Buffer.from(text),
  ...(lease !== undefined && { lease }),
});
const remove = (key: string): DecidedOperation => ({ kind: 'delete', key: FIRST + key });
const textOf = (item: { readonly key: string; readonly value: Uint8Array; readonly modRevision: number }) =>
  `${item.key.slice(FIRST.length)}=${Buffer.from(item.value).toString()}@${item.modRevision}`;

/** The keys that a watch from the beginning tells of, by revision. */
async function told(storage: EmbeddedStorage, until: number): Promise<StorageEvent[]> {
  const events: StorageEvent[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const watch = storage.watch({ start: FIRST, end: LAST, afterRevision: 0 }, (batch) => {
    events.push(...batch.events);
    if (batch.revision >= until) resolve();
  });
  await Promise.race([promise, watch.done]);
  watch.close();
  return events;
}

type Case = readonly [name: string, body: (storage: EmbeddedStorage) => Promise<void>];

const cases: readonly Case[] = [
  [
    'decide() sees every write before it, on disk or not, one by one and in ranges',
    async (storage) => {
      await storage.decide(() => [put('a', '1'), put('c', '1'), put('e', '1')]);
      const underway = [
        storage.decide(() => [put('b', '2'), remove('c')]),
        storage.transact({ when: [], write: [{ kind: 'put', key: `${FIRST}e`, value: Buffer.from('3') }] }),
      ];
      let seen: string[] = [];
      let one: string | undefined;
      const { revision } = await storage.decide((state) => {
        seen = [...state.range(FIRST, LAST)].map(textOf);
        one = textOf(state.get(`${FIRST}b`)!);
        assert.equal(state.get(`${FIRST}c`), undefined);
        assert.deepEqual([...state.range(`${FIRST}b`, `${FIRST}d`)].map(textOf), ['b=2@2']);
        return [];
      });
      assert.deepEqual(seen, ['a=1@1', 'b=2@2', 'e=3@3']);
      assert.equal(one, 'b=2@2');
      assert.equal(revision, 3, 'what it saw is durable when it resolves');
      assert.equal(await storage.currentRevision(), 3);
      await Promise.all(underway);
    },
  ],
  [
    'decide() makes any number of operations one revision, and no revision of nothing',
    async (storage) => {
      const keys = Array.from({ length: 1000 }, (_, index) => String(index).padStart(4, '0'));
      for (let at = 0; at < keys.length; at += 100)
        await storage.decide(() => keys.slice(at, at + 100).map((key) => put(key, 'x')));
      const before = await storage.currentRevision();
      const all = await storage.decide((state) =>
        [...state.range(FIRST, LAST)].map(({ key }) => ({ kind: 'delete', key })),
      );
      assert.equal(all.revision, before + 1);
      assert.equal((await storage.decide(() => [remove('0001')])).revision, before + 1);
      assert.equal((await storage.decide(() => [put('after', 'x')])).revision, before + 2);
      assert.equal((await storage.range({ start: FIRST, end: LAST, revision: before })).count, 1000);
      assert.equal((await storage.range({ start: FIRST, end: LAST, revision: before + 1 })).count, 0);
      const events = await told(storage, before + 2);
      const gone = events.filter((event) => event.kind === 'delete');
      assert.deepEqual(
        gone.map((event) => [
          event.key.slice(FIRST.length),
          event.revision,
          Buffer.from(event.previous.value).toString(),
        ]),
        keys.map((key) => [key, before + 1, 'x']),
      );
      assert.equal(events.length, 2001);
      await storage.compact(before + 1);
      assert.deepEqual((await storage.range({ start: FIRST, end: LAST })).items.map(textOf), [`after=x@${before + 2}`]);
    },
  ],
  [
    'decide() fails as a whole when the decision throws',
    async (storage) => {
      await assert.rejects(
        storage.decide(() => {
          throw new RangeError('no');
        }),
        RangeError,
      );
      assert.equal(await storage.currentRevision(), 0);
    },
  ],
  [
    'a put keeps its lease with the key, in every way to read it, until it is put without',
    async (storage) => {
      await storage.decide(() => [put('a', '1', SOME_LEASE), put('b', '1')]);
      const { revision } = await storage.decide(() => [put('a', '2')]);
      await storage.decide(() => [put('a', '3', 5n)]);
      const range = { start: FIRST, end: LAST };
      const leases = async (request: object) =>
        (await storage.range({ ...range, ...request })).items.map(({ lease }) => lease);
      assert.deepEqual(await leases({}), [5n, undefined]);
      assert.deepEqual(await leases({ keysOnly: true }), [5n, undefined]);
      assert.deepEqual(await leases({ revision: 1 }), [SOME_LEASE, undefined]);
      assert.deepEqual(await leases({ revision }), [undefined, undefined]);
      assert.equal((await storage.get(`${FIRST}a`)).item?.lease, 5n);
      await storage.decide((state) => {
        assert.equal(state.get(`${FIRST}a`)?.lease, 5n);
        return [remove('a')];
      });
      const events = await told(storage, 4);
      assert.deepEqual(
        events.map((event) => [event.kind === 'put' ? event.current.lease : 'gone', event.previous?.lease]),
        [
          [SOME_LEASE, undefined],
          [undefined, undefined],
          [undefined, SOME_LEASE],
          [5n, undefined],
          ['gone', 5n],
        ],
      );
    },
  ],
  [
    'leases are listed until they are removed',
    async (storage) => {
      await storage.leases.put({ id: SOME_LEASE, ttlSeconds: 60 });
      await storage.leases.put({ id: 7n, ttlSeconds: 5 });
      await storage.leases.put({ id: 8n, ttlSeconds: 5 });
      await storage.leases.remove(8n);
      const listed = (await storage.leases.list()).toSorted((a, b) => (a.id < b.id ? -1 : 1));
      assert.deepEqual(listed, [
        { id: 7n, ttlSeconds: 5 },
        { id: SOME_LEASE, ttlSeconds: 60 },
      ]);
      assert.equal(await storage.currentRevision(), 0, 'a lease is no revision');
    },
  ],
];

/** Runs the suite, with a new engine for each test. */
export function describeEmbedded(name: string, open: () => Promise<EmbeddedStorage>): void {
  describe(name, () => {
    for (const [title, body] of cases)
      test(title, async () => {
        const storage = await open();
        try {
          await body(storage);
        } finally {
          await storage.close();
        }
      });
  });
}

/** What clients would suffer from though every single answer looks right: each such history must be judged violated. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@steersman/machinery';
import type { Property } from './checkers/contract.ts';
import type { CheckpointRecord, HistoryRecord, Item, OperationRecord, WatchEvent, WatchRecord } from './history.ts';
import { inWatch, isObject, type Lie, type ObjectEvent, once, violated } from './lies.ts';
import { perfectRun } from './perfect-run.ts';

type Listed = Extract<OperationRecord['outcome'], { readonly kind: 'listed' }>;
const LATE = 1e9;

/** Changes a list for which `change` knows how. */
const inList = (
  change: (outcome: Listed, operation: OperationRecord, records: readonly HistoryRecord[]) => Listed | undefined,
): Lie => {
  return (records) =>
    once((record) => {
      if (record.record !== 'operation' || record.request.kind !== 'list' || record.outcome.kind !== 'listed')
        return undefined;
      const outcome = change(record.outcome, record, records);
      return outcome && { ...record, outcome };
    }, 100)(records);
};
/** Changes one event of the first watch without a selector. */
const inEvent = (change: (event: ObjectEvent) => WatchEvent | undefined): Lie =>
  inWatch((batches) => {
    for (const [index, batch] of batches.entries())
      for (const [at, event] of batch.events.entries()) {
        const changed = isObject(event) ? change(event) : undefined;
        if (changed !== undefined) return batches.with(index, { ...batch, events: batch.events.with(at, changed) });
      }
    assert.fail('no event to lie about');
  });
/** Changes all watches in the same way: a fault of the server below them. */
const inAllWatches =
  (change: (batches: WatchRecord['batches']) => WatchRecord['batches']): Lie =>
  (records) =>
    records.map((one) => (one.record === 'watch' ? { ...one, batches: change(one.batches) } : one));

const itemsOf = (records: readonly HistoryRecord[]): readonly Item[] =>
  records.flatMap((one) =>
    one.record === 'watch' && one.color === undefined
      ? one.batches.flatMap(({ events }) => events.filter(isObject).map(({ item }) => item))
      : [],
  );
const finalOf = (records: readonly HistoryRecord[]) => {
  const final = records.find((one) => one.record === 'final');
  assert.ok(final?.record === 'final');
  return final;
};
const listing = (request: OperationRecord['request'], outcome: OperationRecord['outcome'], server = 'one') =>
  ({ record: 'operation', server, invokedAt: LATE, returnedAt: LATE + 1, request, outcome }) as const;
const watching = (after: WatchRecord['after'], ...events: readonly WatchEvent[]): WatchRecord => ({
  record: 'watch',
  server: 'one',
  openedAt: LATE,
  closedAt: LATE + 9,
  after,
  batches: [{ at: LATE + 1, events }],
  end: 'client',
});
const added = (item: Item) => ({ kind: 'added', item }) as const;
const complete = (revision: number) => ({ kind: 'progress', revision, initial: true }) as const;
/** A checkpoint in the middle, with a watch that is open all the time and tells what it tells. */
const passing = (watch: Partial<WatchRecord>, checkpoint: Partial<CheckpointRecord> = {}): Lie => {
  return (records) => {
    const { revision } = finalOf(records);
    const at = {
      record: 'checkpoint',
      from: LATE + 2,
      at: LATE + 3,
      revision,
      colors: {},
      followers: [],
      silent: [],
    } as const;
    return [...records, { ...watching(revision), ...watch }, { ...at, ...checkpoint }];
  };
};

/** The first deletion that is followed by a creation of the same key, as a watch tells them. */
function recreation(records: readonly HistoryRecord[]): readonly [number, Item] {
  const items = itemsOf(records);
  for (const { key, revision, identity } of items) {
    const next = items.find((one) => one.key === key && one.revision > revision);
    if (next !== undefined && next.identity !== identity) return [revision, next];
  }
  assert.fail('nothing was deleted and created again');
}
/** A deletion is left out, and the creation behind it told as a modification. */
const collapsed =
  ([deleted, created]: readonly [number, Item]) =>
  (batches: WatchRecord['batches']): WatchRecord['batches'] =>
    batches.map((batch) => ({
      ...batch,
      events: batch.events
        .filter((event) => !isObject(event) || event.item.key !== created.key || event.item.revision !== deleted)
        .map((event) =>
          isObject(event) && event.item.key === created.key && event.item.revision === created.revision
            ? { ...event, kind: event.kind === 'added' ? 'modified' : event.kind }
            : event,
        ),
    }));

const lies: readonly (readonly [name: string, breaks: Property, lie: Lie])[] = [
  [
    'an update that one list alone does not show',
    'R14',
    inList((outcome, { request }, records) => {
      if (request.kind !== 'list' || request.at !== 'newest') return undefined;
      const [item] = outcome.items;
      const before = itemsOf(records).findLast((one) => one.key === item?.key && one.revision < item.revision);
      if (before === undefined || before.identity !== item?.identity) return undefined;
      return { ...outcome, items: outcome.items.with(0, before) };
    }),
  ],
  [
    'an item of a list with the revision of an older version',
    'R14',
    inList(
      (outcome) =>
        outcome.items[0] && { ...outcome, items: outcome.items.with(0, { ...outcome.items[0], revision: 1 }) },
    ),
  ],
  [
    'an item with labels that nobody wrote',
    'R1',
    inList(
      (outcome) =>
        outcome.items[0] && { ...outcome, items: outcome.items.with(0, { ...outcome.items[0], color: 'grey' }) },
    ),
  ],
  [
    'an object that is another one to one client',
    'R1',
    inList(
      (outcome) =>
        outcome.items[0] && { ...outcome, items: outcome.items.with(0, { ...outcome.items[0], identity: 'other' }) },
    ),
  ],
  [
    'a list on another server that does not show a write before it',
    'R14',
    (records) => {
      const old = records.find((one) => one.record === 'operation' && one.outcome.kind === 'listed');
      assert.ok(old?.record === 'operation');
      return [...records, listing({ kind: 'list', at: 'newest' }, old.outcome, 'two')];
    },
  ],
  [
    'a list of a cache that goes back',
    'R14',
    (records) => {
      const old = records.find(
        (one) => one.record === 'operation' && one.request.kind === 'list' && one.request.at === 'newest',
      );
      assert.ok(old?.record === 'operation');
      return [...records, listing({ kind: 'list', at: 'cached' }, old.outcome)];
    },
  ],
  [
    'a read of a cache that is older than what the cache has shown',
    'R1',
    (records) => {
      const items = itemsOf(records);
      const old = items.find(({ key, revision }) => items.some((one) => one.key === key && one.revision > revision));
      return [...records, listing({ kind: 'read', key: old!.key, atLeast: 1 }, { kind: 'found', item: old! })];
    },
  ],
  [
    'pages behind a compaction that show something newer',
    'R12',
    inList((outcome, _, records) => {
      if (outcome.revisions.length < 2) return undefined;
      const last = outcome.items.at(-1)!;
      const next = itemsOf(records).find(({ key, revision }) => key === last.key && revision > last.revision);
      return next && { ...outcome, items: outcome.items.with(-1, next) };
    }),
  ],
  [
    'pages of which one is lost',
    'R12',
    inList((outcome) =>
      outcome.revisions.length < 2
        ? undefined
        : { ...outcome, items: outcome.items.slice(0, 2), revisions: outcome.revisions.slice(0, 1) },
    ),
  ],
  [
    'the newest revision refused as expired',
    'R12',
    (records) => [
      ...records,
      listing({ kind: 'list', at: finalOf(records).revision }, { kind: 'refused', reason: 'expired' }),
      {
        ...listing(
          { kind: 'write', expect: [], changes: [] },
          { kind: 'written', revision: finalOf(records).revision + 1 },
        ),
        invokedAt: LATE + 2,
        returnedAt: LATE + 3,
      },
    ],
  ],
  [
    'a revision that has happened refused as from the future',
    'R10',
    (records) => [
      ...records,
      listing({ kind: 'list', at: finalOf(records).revision }, { kind: 'refused', reason: 'future' }),
    ],
  ],
  [
    'a predecessor that was not there',
    'R9',
    inEvent((event) => event.previous && { ...event, previous: { ...event.previous, value: 'other' } }),
  ],
  [
    'a deletion and a creation told as one modification',
    'R9',
    (records) => inWatch(collapsed(recreation(records)))(records),
  ],
  [
    'a deletion and a creation that everybody is told as one modification',
    'R1',
    (records) => inAllWatches(collapsed(recreation(records)))(records),
  ],
  [
    'an object that comes back as it was after its deletion',
    'R1',
    (records) => {
      const [deleted, created] = recreation(records);
      const { identity } = itemsOf(records).find(({ key, revision }) => key === created.key && revision === deleted)!;
      const same = (item: Item) => (item.identity === created.identity ? { ...item, identity: identity! } : item);
      return inAllWatches((batches) =>
        batches.map((batch) => ({
          ...batch,
          events: batch.events.map((event) => (isObject(event) ? { ...event, item: same(event.item) } : event)),
        })),
      )(records.filter((one) => one.record !== 'operation' || one.request.kind === 'write'));
    },
  ],
  [
    'a watch that resumes and tells again where it stopped',
    'R3',
    (records) => [...records, watching(finalOf(records).revision, added(itemsOf(records).at(-1)!))],
  ],
  [
    'a watch that tells its beginning again',
    'R3',
    (records) => {
      const { items, revision } = finalOf(records);
      return [...records, watching('state', ...items.map(added), complete(revision), added(items[0]!))];
    },
  ],
  [
    'a watch that begins with an object twice',
    'R9',
    (records) => {
      const { items, revision } = finalOf(records);
      return [...records, watching('state', ...[...items, items[0]!].map(added), complete(revision))];
    },
  ],
  [
    'progress a little ahead of what was told',
    'R8',
    (records) =>
      inWatch((batches) => {
        const at = batches.findIndex(
          ({ events: [event] }, index) => event?.kind === 'progress' && batches[index + 1]?.events.every(isObject),
        );
        const ahead = batches[at + 1]!.events[0] as ObjectEvent;
        return batches.with(at, { at: batches[at]!.at, events: [{ kind: 'progress', revision: ahead.item.revision }] });
      })(records),
  ],
  ['a watch that tells nothing any more', 'R5', passing({ batches: [], openedAt: 0, after: 1 })],
  [
    'a watch with a selector that tells nothing any more',
    'R5',
    passing({ color: 'red', batches: [], after: 1 }, { colors: { red: 2 } }),
  ],
  [
    'a watch that never tells the end of its beginning',
    'R5',
    (records) => passing({ ...watching('state', ...finalOf(records).items.map(added)) })(records),
  ],
  ['a server that takes no writes though it is well', 'R5', passing({}, { silent: ['one'] })],
  [
    'a deleted object that is there at the end',
    'R2',
    once((record) =>
      record.record === 'final'
        ? { ...record, items: [...record.items, { key: 'z', value: 'z', color: 'red', revision: 1 }] }
        : undefined,
    ),
  ],
];

for (const [name, breaks, lie] of lies) {
  test(`judge() sees ${name}`, () => {
    for (const seed of [1, 2, 3]) {
      const found = violated(lie(perfectRun(seededRandom(seed))));
      assert.ok(found.includes(breaks), `seed ${seed}: found only ${found.join(', ') || 'nothing'}`);
    }
  });
}

test('judge() finds nothing wrong with a checkpoint that everybody passed, and nothing with a watch that was not there all the time', () => {
  const records = perfectRun(seededRandom(1));
  const { revision } = finalOf(records);
  assert.deepEqual(violated(passing({})(records)), []);
  assert.deepEqual(violated(passing({ openedAt: LATE + 3, after: 1, batches: [] }, { revision })(records)), []);
  assert.deepEqual(violated(passing({ closedAt: LATE + 2, after: 1, batches: [] })(records)), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@steersman/machinery';
import type { Property } from './checkers/contract.ts';
import { unexercised } from './exercised.ts';
import { type HistoryRecord, historyOf, type OperationRecord } from './history.ts';
import { inWatch, isObject, type Lie, once, violated } from './lies.ts';
import { perfectRun } from './perfect-run.ts';

const ofOperation = (change: (operation: OperationRecord) => OperationRecord | undefined, from = 0): Lie =>
  once((record) => (record.record === 'operation' ? change(record) : undefined), from);

const isPut = ({ request, outcome }: OperationRecord) =>
  request.kind === 'write' && request.changes[0]?.kind === 'put' && outcome.kind === 'written';
const isDeletion = ({ request, outcome }: OperationRecord) =>
  request.kind === 'write' && request.changes[0]?.kind === 'delete' && outcome.kind === 'written';

const lies: readonly (readonly [name: string, breaks: Property, lie: Lie])[] = [
  [
    'a write that was refused and happened all the same',
    'R1',
    ofOperation((one) => (isPut(one) ? { ...one, outcome: { kind: 'refused', reason: 'conflict' } } : undefined), 50),
  ],
  [
    'a write that failed for certain and happened all the same',
    'R1',
    ofOperation((one) => (isPut(one) ? { ...one, outcome: { kind: 'failed', error: '429' } } : undefined), 50),
  ],
  ['a value that nobody wrote', 'R1', (records) => withoutFirst(records, isPut)],
  ['a deletion that nobody asked for', 'R1', (records) => withoutFirst(records, isDeletion)],
  [
    'a write without an answer that happened before it was asked for',
    'R1',
    (records) =>
      ofOperation((one) =>
        isPut(one) ? { ...one, invokedAt: 3990, returnedAt: 3999, outcome: { kind: 'unknown', error: '' } } : undefined,
      )(records),
  ],
  [
    'two writes that share a revision',
    'R1',
    (records) => {
      const revisions = records.flatMap((one) =>
        one.record === 'operation' && isPut(one) && one.outcome.kind === 'written' ? [one.outcome.revision ?? 0] : [],
      );
      return ofOperation(
        (one) =>
          isPut(one) && one.outcome.kind === 'written' && one.outcome.revision !== revisions[5]
            ? { ...one, outcome: { kind: 'written', revision: revisions[5]! } }
            : undefined,
        100,
      )(records);
    },
  ],
  [
    'two deletions acknowledged for one that happened',
    'R2',
    (records) => {
      const index = records.findIndex((one) => one.record === 'operation' && isDeletion(one));
      return records.toSpliced(index, 0, records[index]!);
    },
  ],
  [
    'a purge that left something',
    'R2',
    ofOperation(
      (one) =>
        one.request.kind === 'list' && one.outcome.kind === 'listed' && one.outcome.items.length > 0
          ? {
              ...one,
              request: { kind: 'purge', color: one.outcome.items[0]!.color },
              outcome: { kind: 'written' },
            }
          : undefined,
      50,
    ),
  ],
  [
    'a watch that stood still',
    'R5',
    once((record) =>
      record.record === 'checkpoint' ? { ...record, followers: [{ server: 'one', reached: 1 }] } : undefined,
    ),
  ],
  [
    'progress that goes back',
    'R8',
    inWatch((batches) => {
      const last = batches.at(-1)!;
      return [...batches, { ...last, events: [{ kind: 'progress', revision: 2 }] }];
    }),
  ],
  [
    'a deletion told with something else than what was deleted',
    'R9',
    inWatch((batches) => {
      const index = batches.findIndex(({ events }) => events.some((event) => event.kind === 'deleted'));
      const events = batches[index]!.events.map((event) =>
        isObject(event) && event.kind === 'deleted' ? { ...event, item: { ...event.item, value: 'other' } } : event,
      );
      return batches.with(index, { ...batches[index]!, events });
    }),
  ],
  [
    'an event told before its write was asked for',
    'R9',
    inWatch((batches) => [{ at: 1, events: batches.at(-1)!.events }, ...batches]),
  ],
  [
    'a watch that began with less than there was',
    'R14',
    (records) => {
      const { revision } = records.find((one) => one.record === 'final')!;
      const at = 1e9;
      return [
        ...records,
        {
          record: 'watch',
          server: 'one',
          openedAt: at,
          closedAt: at + 1,
          after: 'state',
          batches: [{ at, events: [{ kind: 'progress', revision, initial: true }] }],
          end: 'client',
        },
      ];
    },
  ],
  [
    'a list of a cache that is older than was asked for',
    'R14',
    ofOperation(
      (one) =>
        one.request.kind === 'list' && one.request.at === 'newest' && one.outcome.kind === 'listed'
          ? { ...one, request: { ...one.request, at: 'cached', atLeast: one.outcome.revisions[0]! + 1 } }
          : undefined,
      50,
    ),
  ],
];

function withoutFirst(records: readonly HistoryRecord[], matches: (one: OperationRecord) => boolean): HistoryRecord[] {
  const index = records.findIndex((one, at) => at > 50 && one.record === 'operation' && matches(one));
  return records.toSpliced(index, 1);
}

for (const [name, breaks, lie] of lies) {
  test(`judge() sees ${name}`, () => {
    for (const seed of [1, 2, 3]) {
      const found = violated(lie(perfectRun(seededRandom(seed))));
      assert.ok(found.includes(breaks), `seed ${seed}: found only ${found.join(', ') || 'nothing'}`);
    }
  });
}

test('judge() lets a write without an answer happen or not', () => {
  const records = perfectRun(seededRandom(1));
  const unanswered = ofOperation(
    (one) => (isPut(one) ? { ...one, outcome: { kind: 'unknown', error: 'gone' } } : undefined),
    50,
  )(records);
  assert.deepEqual(violated(unanswered), []);
  const [first] = records.filter((one) => one.record === 'operation' && isPut(one)) as OperationRecord[];
  const put = { key: 'a', kind: 'put', value: 'never seen', color: 'red' } as const;
  const lost: OperationRecord = {
    ...first!,
    request: { kind: 'write', expect: [], changes: [put] },
    outcome: { kind: 'unknown', error: 'gone' },
  };
  assert.deepEqual(violated([...records, lost]), []);
});

test('judge() does not hold a purge to a key that may have been deleted before, unseen', () => {
  const write = (at: number, request: OperationRecord['request'], revision?: number): OperationRecord => ({
    record: 'operation',
    server: 'one',
    invokedAt: at,
    returnedAt: at + 1,
    request,
    outcome: { kind: 'written', ...(revision !== undefined && { revision }) },
  });
  const put = (key: string) => ({ key, kind: 'put', value: key, color: 'red' }) as const;
  const make = (key: string) => ({ kind: 'write', expect: [{ key, revision: 0 }], changes: [put(key)] }) as const;
  const seen = (from: number, told: string, revision: number): HistoryRecord => ({
    record: 'watch',
    server: 'one',
    openedAt: 20,
    closedAt: 90,
    after: from,
    batches: [{ at: 80, events: [{ kind: 'added', item: { ...put(told), revision } }] }],
    end: 'client',
  });
  const remove = { kind: 'write', expect: [], changes: [{ key: 'a', kind: 'delete' }] } as const;
  const purge = write(40, { kind: 'purge', color: 'red' });
  const made = [write(1, make('a'), 2), write(20, make('b'), 4), write(60, make('c'), 5)];
  assert.deepEqual(violated([...made, write(10, remove), purge, seen(4, 'c', 5)]), ['R2'], 'of b, which stayed');
  assert.deepEqual(violated([made[0]!, made[2]!, write(10, remove), purge, seen(4, 'c', 5)]), []);
});

test('unexercised() names what a history has not tried, and faults that did nothing', () => {
  const fault = { record: 'fault', name: 'disk full', from: 0, to: 1, felt: 0 } as const;
  const history = historyOf([...perfectRun(seededRandom(1)), fault, fault, fault]);
  const missing = unexercised(history, ['roaming', 'fleeting keys', 'the ways of the API']);
  assert.ok(missing.includes('refusal: expired'));
  assert.ok(missing.includes('disk full (3 times without any effect)'));
  assert.ok(!missing.includes('create'));
  assert.ok(!missing.includes('purge'));
});

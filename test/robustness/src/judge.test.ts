import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { seededRandom } from '@steersman/machinery';
import type { Property } from './checkers/contract.ts';
import { historyOf, parseHistory } from './history.ts';
import { judge, report } from './judge.ts';
import { changing, inWatch, isObject, type Lie, once, violated } from './lies.ts';
import { perfectRun } from './perfect-run.ts';

const lies: Readonly<Record<Property, Lie>> = {
  R1: once((record) => {
    if (record.record !== 'operation' || record.outcome.kind !== 'found') return undefined;
    return {
      ...record,
      outcome: { kind: 'found', item: { ...record.outcome.item, revision: record.outcome.item.revision + 100 } },
    };
  }, 100),
  R2: once((record) => (record.record === 'final' ? { ...record, items: record.items.slice(1) } : undefined)),
  R3: inWatch((batches) => {
    const [one, two] = changing(batches).slice(5, 7) as [number, number];
    return batches.with(one, batches[two]!).with(two, batches[one]!);
  }),
  R4: inWatch((batches) => batches.toSpliced(changing(batches)[5]!, 0, batches[changing(batches)[5]!]!)),
  R5: inWatch((batches) => batches.toSpliced(changing(batches)[5]!, 1)),
  R6: inWatch((batches) => {
    const index = batches.findIndex(({ events }) => events.length > 1 && events.every(isObject));
    const { at, events } = batches[index]!;
    return batches.toSpliced(index, 1, { at, events: events.slice(0, 1) }, { at, events: events.slice(1) });
  }),
  R7: inWatch((batches) => batches.toSpliced(changing(batches)[0]!, 1)),
  R8: inWatch((batches) => {
    const bookmark = batches.findIndex(({ events }) => !events.every(isObject));
    return batches.with(bookmark, batches[bookmark - 1]!).with(bookmark - 1, batches[bookmark]!);
  }),
  R9: inWatch((batches) => {
    const index = changing(batches)[3]!;
    const events = batches[index]!.events.map((event) =>
      isObject(event) ? { ...event, kind: event.kind === 'added' ? ('modified' as const) : ('added' as const) } : event,
    );
    return batches.with(index, { ...batches[index]!, events });
  }, 'red'),
  R10: once((record) => {
    if (record.record !== 'operation' || record.outcome.kind !== 'listed' || record.outcome.items.length === 0)
      return undefined;
    if (record.request.kind !== 'list' || typeof record.request.at !== 'number') return undefined;
    return { ...record, outcome: { ...record.outcome, items: record.outcome.items.slice(1) } };
  }),
  R11: once((record) => (record.record === 'hash' ? { ...record, hash: 'other' } : undefined)),
  R12: once((record) => {
    if (record.record !== 'operation' || record.outcome.kind !== 'listed' || record.outcome.revisions.length < 2)
      return undefined;
    const { revisions } = record.outcome;
    return { ...record, outcome: { ...record.outcome, revisions: revisions.with(1, revisions[1]! + 1) } };
  }),
  R13: once((record) => {
    if (record.record !== 'operation' || record.request.kind !== 'write' || record.outcome.kind !== 'written')
      return undefined;
    const [first] = record.request.expect;
    if (first === undefined || first.revision === 0 || record.outcome.revision === undefined) return undefined;
    return { ...record, request: { ...record.request, expect: [{ ...first, revision: 1 }] } };
  }),
  R14: (records) => {
    const old = records.find((record) => record.record === 'operation' && record.outcome.kind === 'listed');
    assert.ok(old?.record === 'operation');
    return once((record) => {
      if (record.record !== 'operation' || record.request.kind !== 'list' || record.request.at !== 'newest')
        return undefined;
      return { ...record, outcome: old.outcome };
    }, 200)(records);
  },
  R15: once((record) =>
    record.record === 'final' && record.via === 'cache' ? { ...record, items: record.items.slice(1) } : undefined,
  ),
};

test('judge() finds nothing in a run that was right, having looked at cases of every property', () => {
  for (const seed of [1, 2, 3]) {
    const verdicts = judge(historyOf(perfectRun(seededRandom(seed))));
    assert.deepEqual(
      verdicts.flatMap(({ violations }) => violations),
      [],
    );
    for (const { checker, judged } of verdicts) assert.ok(judged > 0, `${checker.property} judged nothing`);
  }
});

suite('judge() tells which property a lie breaks', () => {
  for (const [property, lie] of Object.entries(lies)) {
    test(`judge() sees ${property} violated`, () => {
      for (const seed of [1, 2, 3]) {
        const found = violated(lie(perfectRun(seededRandom(seed))));
        assert.ok(found.includes(property as Property), `seed ${seed}: found only ${found.join(', ') || 'nothing'}`);
      }
    });
  }
});

test('parseHistory() reads a file back in pieces, without the line that a crash cut off', async () => {
  const records = perfectRun(seededRandom(4));
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const cut = text + text.slice(0, 40);
  const history = await parseHistory(cut.match(/.{1,1000}/gs) ?? []);
  assert.deepEqual(history, historyOf(records));
});

test('report() has a line per property, and names what was violated', () => {
  const text = report(judge(historyOf(lies.R11(perfectRun(seededRandom(5))))));
  assert.match(text, /^holds {4}R1 {2}/m);
  assert.match(text, /^VIOLATED R11 /m);
});

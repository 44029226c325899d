/** Ways to falsify a history, for the tests of the checkers. */
import assert from 'node:assert/strict';
import { type HistoryRecord, historyOf, type WatchEvent, type WatchRecord } from './history.ts';
import { judge } from './judge.ts';

export type Lie = (records: readonly HistoryRecord[]) => HistoryRecord[];
export type ObjectEvent = Exclude<WatchEvent, { kind: 'progress' }>;

/** The properties that a history violates. */
export const violated = (records: readonly HistoryRecord[]) =>
  judge(historyOf(records))
    .filter(({ violations }) => violations.length > 0)
    .map(({ checker }) => checker.property);

/** Replaces the first record for which `change` has a replacement, not counting the first few, which are special. */
export function once(change: (record: HistoryRecord) => HistoryRecord | undefined, from = 0): Lie {
  return (records) => {
    const result = [...records];
    for (let index = from; index < result.length; index += 1) {
      const replacement = change(result[index]!);
      if (replacement === undefined) continue;
      result[index] = replacement;
      return result;
    }
    assert.fail('the run has no record to lie about');
  };
}

/** Changes what the first watch with (or without) a selector delivered. */
export function inWatch(change: (batches: WatchRecord['batches']) => WatchRecord['batches'], color?: string): Lie {
  return once((record) =>
    record.record === 'watch' && record.color === color ? { ...record, batches: change(record.batches) } : undefined,
  );
}
export const isObject = (event: WatchEvent): event is ObjectEvent => event.kind !== 'progress';
/** Indexes of the batches that carry changes. */
export const changing = (batches: WatchRecord['batches']) =>
  batches.flatMap((batch, index) => (batch.events.every(isObject) ? [index] : []));

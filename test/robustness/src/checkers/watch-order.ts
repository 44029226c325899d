/** R3, R4, R6: the order within one watch. */
import type { Item, WatchEvent, WatchRecord } from '../history.ts';
import { type Checker, Judgement } from './contract.ts';

type ObjectEvent = Exclude<WatchEvent, { kind: 'progress' }>;

export const nameOf = (watch: WatchRecord) =>
  `watch on ${watch.server} after ${watch.after}${watch.color === undefined ? '' : ` of ${watch.color}`} (opened at ${(watch.openedAt / 1e6).toFixed(3)} s)`;

/** The changes a watch delivered, in order of delivery, without the events that stand for the state at its beginning. */
export function changesOf(watch: WatchRecord): readonly ObjectEvent[] {
  const events = watch.batches.flatMap((batch) => batch.events);
  const begun =
    watch.after === 'state' ? events.findIndex((event) => event.kind === 'progress' && event.initial) + 1 : 0;
  if (watch.after === 'state' && begun === 0) return []; // It ended before the state was complete.
  return events.slice(begun).filter((event) => event.kind !== 'progress');
}

/** The revision behind which a watch delivers changes; undefined: its beginning never completed. */
export function startOf(watch: WatchRecord): number | undefined {
  if (typeof watch.after === 'number') return watch.after;
  const events = watch.batches.flatMap((batch) => batch.events);
  const complete = events.find((event) => event.kind === 'progress' && event.initial === true);
  return complete?.kind === 'progress' ? complete.revision : undefined;
}

export const ordered: Checker = {
  property: 'R3',
  promise: 'a watch delivers changes by revision and never goes back',
  check({ history }) {
    const judgement = new Judgement();
    for (const watch of history.watches) {
      // A revision may change several keys, but what it began behind has been told before.
      let last = (startOf(watch) ?? 0) + 1;
      for (const { item } of changesOf(watch)) {
        const before = last;
        judgement.expect(
          item.revision >= before,
          () => `${nameOf(watch)} delivered revision ${item.revision} behind ${before}`,
        );
        last = Math.max(last, item.revision);
      }
    }
    return judgement.verdict();
  },
};

export const unique: Checker = {
  property: 'R4',
  promise: 'a watch delivers no change twice',
  check({ history }) {
    const judgement = new Judgement();
    for (const watch of history.watches) {
      const seen = new Set<string>();
      for (const { item } of changesOf(watch)) {
        const change = `${item.revision} of ${item.key}`;
        judgement.expect(!seen.has(change), () => `${nameOf(watch)} delivered revision ${change} twice`);
        seen.add(change);
      }
    }
    return judgement.verdict();
  },
};

export const atomic: Checker = {
  property: 'R6',
  promise: 'the changes of one revision arrive together',
  check({ history, world }) {
    const judgement = new Judgement();
    const changesAt = Map.groupBy(world.changes, ({ revision }) => revision);
    for (const watch of history.watches) {
      for (const { events } of watch.batches) {
        const items = events.filter((event) => event.kind !== 'progress').map(({ item }) => item);
        for (const [revision, together] of Map.groupBy(items, (item: Item) => item.revision)) {
          if (watch.color !== undefined) continue; // A selector may take a part of a revision.
          const expected = changesAt.get(revision)?.length ?? 0;
          if (expected < 2) continue; // One change is never split.
          judgement.expect(
            together.length >= expected || isInitial(watch, revision),
            () =>
              `${nameOf(watch)} delivered ${together.length} of the ${expected} changes of revision ${revision} together`,
          );
        }
      }
    }
    return judgement.verdict();
  },
};

/** Whether a revision belongs to the state a watch began with, of which old parts have been replaced since. */
const isInitial = (watch: WatchRecord, revision: number) =>
  watch.after === 'state' && !changesOf(watch).some(({ item }) => item.revision === revision);

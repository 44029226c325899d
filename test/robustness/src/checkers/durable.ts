/**
 * R2: what was acknowledged, or shown to anybody, is there for good. Judged on what the servers hold at the end, after all the
 * crashes: for every key it must be the last version that anybody was told of.
 */
import { type Checker, Judgement } from './contract.ts';
import { describe } from './linearizable.ts';

export const durable: Checker = {
  property: 'R2',
  promise: 'what was acknowledged or shown survives every crash',
  check({ history, world, bounds }) {
    const judgement = new Judgement();
    for (const final of history.finals) {
      const held = new Map(final.items.map((item) => [item.key, item]));
      const newest = world.changes.at(-1)?.revision ?? 0;
      judgement.expect(
        final.revision >= newest,
        () => `${final.source} ended at revision ${final.revision}, but ${newest} was shown`,
      );
      for (const key of world.keys()) {
        const last = world.at(key, final.revision);
        if (last === undefined) continue;
        const item = held.get(key);
        // An absent key is explained by a deletion that nobody could see happen.
        const unseenDeletion = item === undefined && !world.covered(last.revision, final.revision);
        judgement.expect(item?.revision === last.item?.revision || unseenDeletion, () => {
          const was = last.item === undefined ? `was deleted at ${last.revision}` : `was written at ${last.revision}`;
          return `${key} ${was}, but ${final.source} (${final.via}) holds ${item === undefined ? 'nothing' : `revision ${item.revision}`}`;
        });
      }
    }
    for (const operation of history.operations) {
      const { request, outcome } = operation;
      if (request.kind !== 'write' || outcome.kind !== 'written' || outcome.revision !== undefined) continue;
      const floor = bounds.floor(operation.invokedAt);
      // Behind the last write nobody may have seen what happened: then it is not covered.
      const ceiling = bounds.ceiling(operation.returnedAt);
      if (!world.covered(floor, ceiling)) continue;
      for (const { key } of request.changes) {
        const happened = world.between(key, floor, ceiling).some(({ item }) => item === undefined);
        judgement.expect(happened, () => `${describe(operation)} was acknowledged and never happened`);
      }
    }
    return judgement.verdict();
  },
};

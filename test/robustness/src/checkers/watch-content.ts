/** R9: what each event says: selected, of the right kind, with the right object and predecessor. */
import { revisionOf } from '../bounds.ts';
import { type Checker, Judgement } from './contract.ts';
import { toldOf } from './watch-complete.ts';
import { changesOf, nameOf } from './watch-order.ts';
import { judgeReplay } from './watch-replay.ts';

export const truthful: Checker = {
  property: 'R9',
  promise: 'a watch respects its selector, and says rightly what was added, modified and deleted',
  check({ history, world, bounds }) {
    const judgement = new Judgement();
    for (const watch of history.watches) {
      judgeReplay(watch, judgement);
      for (const { at, events } of watch.batches) {
        const newest = events.reduce((revision, event) => Math.max(revision, revisionOf(event)), 0);
        const possible = bounds.ceiling(at);
        judgement.expect(
          newest <= possible,
          () => `${nameOf(watch)} told of ${newest}, but ${possible} was the newest possible`,
        );
      }
      for (const { kind, item, previous } of changesOf(watch)) {
        const at = () => `${nameOf(watch)} told of revision ${item.revision} of ${item.key}`;
        if (kind !== 'deleted' && watch.color !== undefined) {
          judgement.expect(item.color === watch.color, () => `${at()}, which is ${item.color}`);
        }
        const change = world.at(item.key, item.revision);
        if (change === undefined || change.revision !== item.revision || !world.certain(item.key, item.revision - 1))
          continue;
        const expected = toldOf(world, change, watch.color);
        judgement.expect(kind === expected, () => `${at()} as "${kind}" instead of "${expected}"`);
        const before = world.at(item.key, item.revision - 1)?.item;
        if (kind === 'deleted') {
          judgement.expect(
            before?.value === item.value && before.color === item.color,
            () => `${at()} as deleted with "${item.value}", but "${before?.value}" was deleted`,
          );
        }
        if (previous === undefined) continue;
        judgement.expect(
          before?.revision === previous.revision && before.value === previous.value && before.color === previous.color,
          () => `${at()} with predecessor "${previous.value}" of ${previous.revision} instead of ${before?.revision}`,
        );
      }
    }
    return judgement.verdict();
  },
};

/** R9: what each event says: selected, of the right kind, with the right object and predecessor. */
import { type Checker, Judgement } from './contract.ts';
import { toldOf } from './watch-complete.ts';
import { changesOf, nameOf } from './watch-order.ts';

export const truthful: Checker = {
  property: 'R9',
  promise: 'a watch respects its selector, and says rightly what was added, modified and deleted',
  check({ history, world }) {
    const judgement = new Judgement();
    for (const watch of history.watches) {
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
        if (previous === undefined) continue;
        const before = world.at(item.key, item.revision - 1)?.item;
        judgement.expect(
          before?.revision === previous.revision,
          () => `${at()} with predecessor ${previous.revision} instead of ${before?.revision}`,
        );
      }
    }
    return judgement.verdict();
  },
};

/** R13: a write that names the version it replaces replaces that one and no other; of two creations one succeeds. */
import { type Checker, Judgement } from './contract.ts';
import { describe } from './linearizable.ts';

export const preconditions: Checker = {
  property: 'R13',
  promise: 'a stale update is refused, and so is the second creation',
  check({ history, world }) {
    const judgement = new Judgement();
    for (const operation of history.operations) {
      const { request, outcome } = operation;
      if (request.kind !== 'write' || outcome.kind !== 'written' || outcome.revision === undefined) continue;
      for (const { key, revision } of request.expect) {
        const before = world.at(key, outcome.revision - 1);
        const was = before?.item?.revision ?? 0;
        // A deletion may have gone unseen, with its client killed off and nobody watching.
        if (revision === 0 && !world.certain(key, outcome.revision - 1)) continue;
        const holds = revision === 'any' ? was !== 0 : was === revision;
        judgement.expect(holds, () => `${describe(operation)} expected ${key} at ${revision} and replaced ${was}`);
      }
    }
    return judgement.verdict();
  },
};

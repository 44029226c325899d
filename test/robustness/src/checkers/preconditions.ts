/** R13: a write that names the version it replaces replaces that one and no other; of two creations one succeeds. */
import type { OperationRecord } from '../history.ts';
import { type Checker, Judgement } from './contract.ts';
import { describe } from './describe.ts';

export const preconditions: Checker = {
  property: 'R13',
  promise: 'a stale update is refused, and so is the second creation',
  check({ history, world }) {
    const judgement = new Judgement();
    const happened = new Map(world.changes.map(({ revision, item }) => [item?.value, revision]));
    for (const operation of history.operations) {
      const { request } = operation;
      const at = request.kind === 'write' ? revisionOf(operation, happened) : undefined;
      if (request.kind !== 'write' || at === undefined) continue;
      for (const { key, revision } of request.expect) {
        const before = world.at(key, at - 1);
        const was = before?.item?.revision ?? 0;
        // A deletion may have gone unseen, with its client killed off and nobody watching.
        if (revision === 0 && !world.certain(key, at - 1)) continue;
        const holds = revision === 'any' ? was !== 0 : was === revision;
        judgement.expect(holds, () => `${describe(operation)} expected ${key} at ${revision} and replaced ${was}`);
      }
    }
    return judgement.verdict();
  },
};

/** When a write happened: as it was told, or, without an answer, as somebody saw its value. */
function revisionOf(
  { request, outcome }: OperationRecord,
  happened: ReadonlyMap<string | undefined, number>,
): number | undefined {
  if (outcome.kind === 'written') return outcome.revision;
  const put = request.kind === 'write' ? request.changes.find(({ kind }) => kind === 'put') : undefined;
  return outcome.kind === 'unknown' && put?.kind === 'put' ? happened.get(put.value) : undefined;
}

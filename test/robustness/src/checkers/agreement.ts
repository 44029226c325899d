/** R11, R15: at the end all servers, all members and all caches hold the same. */
import type { FinalRecord, Item } from '../history.ts';
import { type Checker, Judgement } from './contract.ts';

export const agreeing: Checker = {
  property: 'R11',
  promise: 'all servers and all members of the store hold the same at the same revision',
  check({ history }) {
    const judgement = new Judgement();
    compareAll(
      history.finals.filter(({ via }) => via === 'store'),
      judgement,
    );
    const hashes = Map.groupBy(history.hashes, ({ revision }) => revision);
    for (const [revision, ofRevision] of hashes) {
      const [first, ...others] = ofRevision;
      for (const other of others) {
        judgement.expect(
          other.hash === first!.hash,
          () => `at ${revision} ${other.source} hashes to ${other.hash}, ${first!.source} to ${first!.hash}`,
        );
      }
    }
    return judgement.verdict();
  },
};

export const cacheEqualsStore: Checker = {
  property: 'R15',
  promise: 'a watch cache holds what the store holds',
  check({ history }) {
    const judgement = new Judgement();
    const store = history.finals.find(({ via }) => via === 'store');
    for (const cache of history.finals.filter(({ via }) => via === 'cache')) {
      if (store !== undefined) compareAll([store, cache], judgement);
    }
    return judgement.verdict();
  },
};

function compareAll(finals: readonly FinalRecord[], judgement: Judgement): void {
  const [first, ...others] = finals;
  if (first === undefined) return;
  for (const other of others) {
    const differing = differingKeys(first.items, other.items);
    judgement.expect(
      differing.length === 0,
      () =>
        `${other.source} (${other.via}) and ${first.source} (${first.via}) differ in ${differing.slice(0, 5).join(', ')}`,
    );
  }
}

function differingKeys(some: readonly Item[], others: readonly Item[]): readonly string[] {
  const byKey = new Map(some.map((item) => [item.key, item]));
  const differing = others.filter((item) => {
    const same = byKey.get(item.key);
    byKey.delete(item.key);
    return same?.revision !== item.revision || same.value !== item.value || same.color !== item.color;
  });
  return [...differing.map(({ key }) => key), ...byKey.keys()];
}

/** R5, R7, R8: nothing is missing from a watch, neither inside it, nor where it resumes, nor before a bookmark. */
import type { WatchRecord } from '../history.ts';
import type { Version, World } from '../world.ts';
import { type Checker, Judgement } from './contract.ts';
import { judgeCheckpoints } from './standing-still.ts';
import { changesOf, nameOf, startOf } from './watch-order.ts';

/** What a watch with this selector is told of a change. */
export function toldOf(
  world: World,
  { key, revision, item }: Version,
  color: string | undefined,
): 'added' | 'modified' | 'deleted' | undefined {
  const before = world.at(key, revision - 1)?.item;
  const was = before !== undefined && (color === undefined || before.color === color);
  const is = item !== undefined && (color === undefined || item.color === color);
  if (is) return was ? 'modified' : 'added';
  return was ? 'deleted' : undefined;
}

/** Whether a watch with this selector must be told of a change: not when what left the selection may have been gone before. */
export function mustBeTold(world: World, change: Version, color: string | undefined): boolean {
  const told = toldOf(world, change, color);
  if (told !== 'deleted' || change.item === undefined) return told !== undefined;
  return world.certain(change.key, change.revision - 1);
}

/** Changes behind `from` up to `to` that the watch should have delivered. */
function expectedOf(world: World, watch: WatchRecord, from: number, to: number): readonly Version[] {
  return world.changesBetween(from, to).filter((change) => mustBeTold(world, change, watch.color));
}

const deliveredOf = (watch: WatchRecord) => new Set(changesOf(watch).map(({ item }) => `${item.revision} ${item.key}`));

function missing(world: World, watch: WatchRecord, from: number, to: number): readonly Version[] {
  const delivered = deliveredOf(watch);
  return expectedOf(world, watch, from, to).filter(({ revision, key }) => !delivered.has(`${revision} ${key}`));
}
const list = (versions: readonly Version[]) =>
  versions
    .slice(0, 5)
    .map(({ revision, key }) => `${revision} of ${key}`)
    .join(', ');

export const reliable: Checker = {
  property: 'R5',
  promise: 'between the first and the last change a watch delivers, none is missing',
  check({ history, world }) {
    const judgement = new Judgement();
    for (const watch of history.watches) {
      const delivered = changesOf(watch);
      if (delivered.length === 0) continue;
      const revisions = delivered.map(({ item }) => item.revision);
      const gaps = missing(
        world,
        watch,
        revisions.reduce((a, b) => Math.min(a, b)),
        revisions.reduce((a, b) => Math.max(a, b)),
      );
      judgement.expect(gaps.length === 0, () => `${nameOf(watch)} never delivered ${list(gaps)}`);
    }
    judgeCheckpoints(history, judgement);
    return judgement.verdict();
  },
};

export const resumable: Checker = {
  property: 'R7',
  promise: 'a watch after a revision begins with the very next change, or says that it cannot',
  check({ history, world }) {
    const judgement = new Judgement();
    for (const watch of history.watches) {
      const from = startOf(watch);
      const first = changesOf(watch)[0]?.item.revision;
      if (from === undefined || first === undefined) continue;
      const gaps = missing(world, watch, from, first);
      judgement.expect(gaps.length === 0, () => `${nameOf(watch)} began with ${first} and left out ${list(gaps)}`);
    }
    return judgement.verdict();
  },
};

export const bookmarkable: Checker = {
  property: 'R8',
  promise: 'progress at a revision means that everything up to it was delivered',
  check({ history, world }) {
    const judgement = new Judgement();
    for (const watch of history.watches) {
      const start = startOf(watch);
      if (start === undefined) continue;
      const delivered = new Set<string>();
      let told = start;
      let newest = start;
      let begun = watch.after !== 'state';
      for (const event of watch.batches.flatMap((batch) => batch.events)) {
        if (event.kind !== 'progress') {
          const { revision, key } = event.item;
          judgement.expect(
            !begun || revision > told,
            () => `${nameOf(watch)} delivered ${revision} of ${key} after progress ${told}`,
          );
          delivered.add(`${revision} ${key}`);
          if (begun) newest = Math.max(newest, revision);
          continue;
        }
        begun ||= event.initial === true;
        const before = newest;
        judgement.expect(
          event.revision >= before,
          () => `${nameOf(watch)} said progress ${event.revision} behind ${before}`,
        );
        newest = Math.max(newest, event.revision);
        if (event.initial) continue;
        const gaps = expectedOf(world, watch, told, event.revision).filter(
          ({ revision, key }) => !delivered.has(`${revision} ${key}`),
        );
        judgement.expect(
          gaps.length === 0,
          () => `${nameOf(watch)} said progress ${event.revision} before ${list(gaps)}`,
        );
        told = Math.max(told, event.revision);
      }
    }
    return judgement.verdict();
  },
};

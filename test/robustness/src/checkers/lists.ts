/** R10, R12, R14: what lists may show. */
import type { Item, OperationRecord, Request, WatchRecord } from '../history.ts';
import type { World } from '../world.ts';
import { type Checker, type Evidence, Judgement } from './contract.ts';
import { describe } from './describe.ts';
import { mustBeTold } from './watch-complete.ts';
import { nameOf, startOf } from './watch-order.ts';

interface Listing {
  readonly operation: OperationRecord;
  readonly request: Extract<Request, { kind: 'list' }>;
  readonly revision: number;
  readonly revisions: readonly number[];
  readonly items: readonly Item[];
}

function listings({ history }: Evidence): readonly Listing[] {
  return history.operations.flatMap((operation) => {
    const { request, outcome } = operation;
    if (request.kind !== 'list' || outcome.kind !== 'listed' || outcome.revisions[0] === undefined) return [];
    return [{ operation, request, revision: outcome.revisions[0], revisions: outcome.revisions, items: outcome.items }];
  });
}

/** How a list differs from the state of the world at a revision, in words; undefined: not at all, as far as is known. */
export function difference(
  world: World,
  items: readonly Item[],
  revision: number,
  color: string | undefined,
): string | undefined {
  const shown = new Map(items.map((item) => [item.key, item]));
  if (shown.size !== items.length) return 'a key twice';
  for (const item of items) {
    const known = world.at(item.key, revision);
    if (known?.item?.value !== item.value || known.revision !== item.revision)
      return `${item.key} as of ${item.revision} instead of ${known?.revision ?? 'nothing'}`;
    if (color !== undefined && item.color !== color) return `${item.key}, which is ${item.color}`;
  }
  for (const expected of world.state(revision)) {
    if (color !== undefined && expected.color !== color) continue;
    if (!shown.has(expected.key) && world.certain(expected.key, revision))
      return `nothing of ${expected.key}, which was at ${expected.revision}`;
  }
  return undefined;
}

export const historical: Checker = {
  property: 'R10',
  promise: 'a list at an old revision shows that revision; one at a future revision is refused',
  check(evidence) {
    const judgement = new Judgement();
    judgeFuture(evidence, judgement);
    for (const { operation, request, revision, items } of listings(evidence)) {
      if (typeof request.at !== 'number') continue;
      const asked = request.at;
      judgement.expect(revision === asked, () => `${describe(operation)} says it shows ${revision}`);
      const wrong = difference(evidence.world, items, asked, request.color);
      judgement.expect(wrong === undefined, () => `${describe(operation)} shows ${wrong}`);
      const possible = evidence.bounds.ceiling(operation.returnedAt);
      judgement.expect(
        asked <= possible,
        () => `${describe(operation)} was answered, but ${possible} was the newest possible`,
      );
    }
    return judgement.verdict();
  },
};

/** Only what has not happened is refused for it. */
function judgeFuture({ history, bounds }: Evidence, judgement: Judgement): void {
  for (const operation of history.operations) {
    const { request, outcome } = operation;
    if (request.kind !== 'list' || typeof request.at !== 'number') continue;
    if (outcome.kind !== 'refused' || outcome.reason !== 'future') continue;
    const happened = bounds.floor(operation.invokedAt);
    judgement.expect(
      request.at > happened,
      () => `${describe(operation)} was refused as from the future, but ${happened} had been shown before`,
    );
  }
}

/** No history is given up sooner under test; servers keep it for one to two intervals of two seconds. */
const KEPT_MICROSECONDS_MIN = 1_000_000;

/** Only what is old is refused as expired: not what was the newest a second ago. */
function judgeExpired({ history, bounds }: Evidence, judgement: Judgement): void {
  for (const operation of history.operations) {
    const { request, outcome, returnedAt } = operation;
    if (request.kind !== 'list' || typeof request.at !== 'number') continue;
    if (outcome.kind !== 'refused' || outcome.reason !== 'expired') continue;
    const replaced = bounds.ceiling(returnedAt - KEPT_MICROSECONDS_MIN);
    judgement.expect(
      request.at < replaced,
      () => `${describe(operation)} was refused as expired, but a second before nothing was newer than ${replaced}`,
    );
  }
}

export const expiring: Checker = {
  property: 'R12',
  promise: 'expired history is refused as expired, never left out; all pages of a list show one revision',
  check(evidence) {
    const judgement = new Judgement();
    judgeExpired(evidence, judgement);
    for (const { operation, request, revision, revisions, items } of listings(evidence)) {
      if (request.pageSize === undefined) continue;
      const one = revisions.every((page) => page === revision);
      judgement.expect(one, () => `${describe(operation)} has pages of revisions ${revisions.join(', ')}`);
      const wrong = difference(evidence.world, items, revision, request.color);
      judgement.expect(wrong === undefined, () => `${describe(operation)} in pages shows ${wrong} at ${revision}`);
    }
    // A watch that was not refused must not have skipped what was compacted: its first change is the next one in the world.
    for (const watch of evidence.history.watches) {
      if (typeof watch.after !== 'number' || watch.end === 'expired') continue;
      const { after, color } = watch;
      const told = watch.batches.flatMap((batch) => batch.events)[0];
      if (told === undefined) continue;
      const upTo = told.kind === 'progress' ? told.revision : told.item.revision - 1;
      const skipped = evidence.world
        .changesBetween(after, upTo)
        .find((change) => mustBeTold(evidence.world, change, color));
      judgement.expect(
        skipped === undefined,
        () => `watch on ${watch.server} after ${after} left out ${skipped?.revision} instead of saying "expired"`,
      );
    }
    return judgement.verdict();
  },
};

export const consistent: Checker = {
  property: 'R14',
  promise: 'a consistent list is never older than a write that completed before it began',
  check(evidence) {
    const judgement = new Judgement();
    for (const { operation, request, revision, items } of listings(evidence)) {
      const ceiling = evidence.bounds.ceiling(operation.returnedAt);
      judgement.expect(
        revision <= ceiling,
        () => `${describe(operation)} shows ${revision}, but ${ceiling} was the newest possible`,
      );
      if (typeof request.at === 'number') continue;
      const wrong = difference(evidence.world, items, revision, request.color);
      judgement.expect(wrong === undefined, () => `${describe(operation)} shows ${wrong} at ${revision}`);
      const floor =
        request.at === 'newest'
          ? evidence.bounds.floor(operation.invokedAt)
          : Math.max(request.atLeast ?? 0, evidence.bounds.cacheFloor(operation.server, operation.invokedAt));
      if (floor === 0) continue;
      judgement.expect(
        revision >= floor,
        () => `${describe(operation)} shows ${revision}, but ${floor} had been shown before`,
      );
    }
    for (const watch of evidence.history.watches) judgeBeginning(watch, evidence, judgement);
    return judgement.verdict();
  },
};

/** The state that a watch begins with is a consistent list, too. */
function judgeBeginning(watch: WatchRecord, { world, bounds }: Evidence, judgement: Judgement): void {
  const revision = startOf(watch);
  if (watch.after !== 'state' || revision === undefined) return;
  const state = new Map<string, Item>(); // That no key is told twice is for R9 to see.
  for (const event of watch.batches.flatMap((batch) => batch.events)) {
    if (event.kind === 'progress' && event.initial) break;
    if (event.kind === 'progress') continue;
    if (event.kind === 'deleted') state.delete(event.item.key);
    else state.set(event.item.key, event.item);
  }
  const wrong = difference(world, [...state.values()], revision, watch.color);
  judgement.expect(wrong === undefined, () => `${nameOf(watch)} began with ${wrong} at ${revision}`);
  const floor = bounds.floor(watch.openedAt);
  judgement.expect(
    revision >= floor,
    () => `${nameOf(watch)} began at ${revision}, but ${floor} had been shown before`,
  );
}

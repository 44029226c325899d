/** The part of R2 about keys with a time to live: they are there until it is over, and not much longer. */
import type { Change, Instant, Item, OperationRecord } from '../history.ts';
import type { Evidence, Judgement } from './contract.ts';
import { describe } from './describe.ts';
import { changesOf, nameOf } from './watch-order.ts';

/** What expired may stay that long: its server may be down meanwhile, or have no room to write that it goes. */
const LATENESS_SECONDS_MAX = 60;

export function judgeTimesToLive(evidence: Evidence, judgement: Judgement): void {
  judgeEnds(evidence, judgement);
  for (const operation of evidence.history.operations) {
    const { outcome, invokedAt } = operation;
    const items = outcome.kind === 'listed' ? outcome.items : outcome.kind === 'found' ? [outcome.item] : [];
    const old = 'at' in operation.request && typeof operation.request.at === 'number';
    for (const item of old ? [] : items) {
      const fleeting = fleetingOf(evidence, item);
      if (fleeting === undefined) continue;
      const overdue = secondsBetween(fleeting.operation.returnedAt, invokedAt) - fleeting.ttlSeconds;
      judgement.expect(
        overdue <= LATENESS_SECONDS_MAX,
        () => `${describe(operation)} shows ${item.key}, of which the time was over ${overdue.toFixed(0)} s ago`,
      );
    }
  }
}

/** No watch is told of an end before the time is over, unless somebody asked for it. */
function judgeEnds(evidence: Evidence, judgement: Judgement): void {
  const { history, world, attempts } = evidence;
  for (const watch of history.watches) {
    if (watch.color !== undefined) continue;
    const told = new Set(changesOf(watch));
    for (const { at, events } of watch.batches) {
      for (const event of events) {
        if (event.kind !== 'deleted' || !told.has(event)) continue;
        const { key, revision } = event.item;
        const before = world.at(key, revision - 1)?.item;
        const fleeting = before === undefined ? undefined : fleetingOf(evidence, before);
        const asked =
          attempts.deletions(key).has(revision) ||
          attempts.unseen(key).some(({ kind, from, to }) => kind === 'delete' && revision > from && revision <= to);
        if (fleeting === undefined || asked) continue;
        const lasted = secondsBetween(fleeting.operation.invokedAt, at);
        judgement.expect(
          lasted >= fleeting.ttlSeconds,
          () =>
            `${nameOf(watch)} saw ${key} go ${lasted.toFixed(1)} s after it was written for ${fleeting.ttlSeconds} s`,
        );
      }
    }
  }
}

/** The write of an item with a time to live; undefined of any other. */
function fleetingOf(
  { attempts }: Evidence,
  { value }: Item,
): { readonly operation: OperationRecord; readonly ttlSeconds: number } | undefined {
  const writer = attempts.writer(value);
  const ttlSeconds = ttlOf(writer?.change);
  return writer === undefined || ttlSeconds === undefined ? undefined : { operation: writer.operation, ttlSeconds };
}

const ttlOf = (change: Change | undefined) => (change?.kind === 'put' ? change.ttlSeconds : undefined);

const secondsBetween = (from: Instant, to: Instant) => (to - from) / 1e6;

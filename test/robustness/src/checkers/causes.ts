/**
 * Every change in the world was asked for, once, by somebody who was not refused: the part of R1 and R2 that looks from what
 * happened to what was asked, where the other parts look from what was asked to what happened.
 */
import type { Attempt } from '../attempts.ts';
import type { OperationRecord } from '../history.ts';
import type { Version, World } from '../world.ts';
import type { Evidence, Judgement } from './contract.ts';
import { describe } from './describe.ts';

/** Of every value that anybody was shown: its write was sent, not refused, happened once, and after it was asked for. */
export function judgePuts({ world, bounds, attempts }: Evidence, judgement: Judgement): void {
  const happened = new Map<string, number>();
  for (const { key, revision, item } of world.changes) {
    if (item === undefined) continue;
    const writer = attempts.writer(item.value);
    const at = `"${item.value}" at revision ${revision} of ${key}`;
    const fits = writer?.change.key === key && writer.change.kind === 'put' && writer.change.color === item.color;
    judgement.expect(fits, () => `${at} was written by nobody`);
    const before = happened.get(item.value);
    happened.set(item.value, revision);
    judgement.expect(before === undefined, () => `${at} was there before, at ${before}: a write happened twice`);
    if (writer === undefined) continue;
    const { operation } = writer;
    const { outcome, invokedAt } = operation;
    judgement.expect(
      isPossible(operation, revision),
      () => `${at} happened, but ${describe(operation)} ${said(outcome)}`,
    );
    const floor = bounds.floor(invokedAt);
    judgement.expect(revision > floor, () => `${at} is not behind ${floor}, which was there when it was asked for`);
  }
}

/** An object stays the same one until it is deleted, and what is created after that is another. */
export function judgeIdentities({ world }: Evidence, judgement: Judgement): void {
  for (const key of world.keys()) {
    let last: Version | undefined;
    for (const version of world.versions(key)) {
      const { item, revision } = version;
      if (item?.identity === undefined) continue;
      const from = last?.revision ?? revision;
      if (last?.item !== undefined && world.certain(key, from, revision - 1)) {
        const same = item.identity === last.item.identity;
        const deleted = world.between(key, from, revision - 1).some((between) => between.item === undefined);
        judgement.expect(
          same !== deleted,
          () =>
            `${key} at ${revision} is ${same ? 'the' : 'not the'} object that it was at ${from}, ${deleted ? '' : 'not '}deleted since`,
        );
      }
      last = version;
    }
  }
}

function isPossible({ outcome }: OperationRecord, revision: number): boolean {
  if (outcome.kind === 'written') return outcome.revision === undefined || outcome.revision === revision;
  return outcome.kind === 'unknown';
}

function said(outcome: OperationRecord['outcome']): string {
  if (outcome.kind === 'written') return `was told ${outcome.revision}`;
  if (outcome.kind === 'refused') return `was refused (${outcome.reason})`;
  return outcome.kind === 'failed' ? `failed (${outcome.error})` : outcome.kind;
}

/** What changed together in one revision belongs to one write. */
export function judgeRevisions({ world, attempts }: Evidence, judgement: Judgement): void {
  for (const [revision, together] of Map.groupBy(world.changes, (change) => change.revision)) {
    if (together.length === 1) continue;
    const writes = new Set(
      together.flatMap(({ item }) => (item === undefined ? [] : [attempts.writer(item.value)?.operation])),
    );
    const [write] = writes;
    const deleted = together.filter(({ item }) => item === undefined);
    const one =
      writes.size === 1
        ? deleted.every(({ key }) => deletes(write, key))
        : writes.size === 0 && haveOneCause(deleted, attempts);
    judgement.expect(
      one,
      () => `revision ${revision} changed ${together.map(({ key }) => key).join(', ')}, not by one write`,
    );
  }
}

const deletes = (operation: OperationRecord | undefined, key: string) =>
  operation?.request.kind === 'write' &&
  operation.request.changes.some((change) => change.kind === 'delete' && change.key === key);

/** Keys go together when one write deletes them, or when their time is over, for that may have been the same. */
function haveOneCause(deleted: readonly Version[], attempts: Evidence['attempts']): boolean {
  const [first, ...others] = deleted;
  const ofFirst = attempts.unseen(first!.key).map(({ operation }) => operation);
  return (
    deleted.every(({ key }) => attempts.unseen(key).some(({ kind }) => kind === 'expiry')) ||
    ofFirst.some((operation) => others.every(({ key }) => deletes(operation, key))) ||
    deleted.every(({ key, revision }) => isAcknowledged(attempts, key, revision))
  );
}

/** Whether a write that deletes this key among others was told this revision: then it is no attempt any more. */
const isAcknowledged = (attempts: Evidence['attempts'], key: string, revision: number) =>
  attempts.deletions(key).get(revision) !== undefined;

/** Of every deletion that anybody was shown: somebody asked for it, or the time of the key was over. */
export function judgeDeletions({ world, attempts }: Evidence, judgement: Judgement): void {
  for (const { key, revision, item } of world.changes) {
    if (item !== undefined) continue;
    const explained =
      attempts.deletions(key).has(revision) ||
      attempts.unseen(key).some((attempt) => attempt.kind !== 'put' && explains(world, attempt, key, revision)) ||
      attempts.purges.some((attempt) => explains(world, attempt, key, revision));
    judgement.expect(explained, () => `${key} was deleted at ${revision}, which nobody asked for`);
  }
}

function explains(world: World, { from, to, color, replaces }: Attempt, key: string, revision: number): boolean {
  if (revision <= from || revision > to) return false;
  if (!world.certain(key, revision - 1)) return true; // What it was is not known.
  const before = world.at(key, revision - 1);
  if (replaces !== undefined) return before?.revision === replaces;
  if (color === undefined) return true;
  return [world.at(key, from), ...world.between(key, from, revision - 1)].some(
    (version) => version?.item?.color === color,
  );
}

/** Acknowledged deletions through the API, which does not say at which revision: each has one of its own within its time. */
export function judgeAcknowledgedDeletions({ world, attempts }: Evidence, judgement: Judgement): void {
  for (const key of world.keys()) {
    const taken = new Set<number>();
    const asked = attempts
      .unseen(key)
      .filter(({ kind, acknowledged, from, to }) => kind === 'delete' && acknowledged && world.covered(from, to))
      // Those that fit one deletion only go first, then those whose time is over first: so as many fit as can.
      .sort((a, b) => Number(b.replaces !== undefined) - Number(a.replaces !== undefined) || a.to - b.to);
    for (const attempt of asked) {
      const found = world
        .between(key, attempt.from, attempt.to)
        .find(
          ({ item, revision }) => item === undefined && !taken.has(revision) && explains(world, attempt, key, revision),
        );
      if (found !== undefined) taken.add(found.revision);
      judgement.expect(
        found !== undefined,
        () =>
          `${describe(attempt.operation)} was acknowledged, but no deletion within (${attempt.from}, ${attempt.to}] is its own`,
      );
    }
  }
}

/** An acknowledged purge leaves nothing that was of its color all the time. */
export function judgePurges({ world, attempts }: Evidence, judgement: Judgement): void {
  for (const { operation, acknowledged, from, to, color } of attempts.purges) {
    if (!acknowledged) continue;
    for (const key of world.keys()) {
      if (!world.certain(key, from, to)) continue; // It may have been gone before, unseen.
      const states = [world.at(key, from), ...world.between(key, from, to)];
      const stayed = states.every((version) => version?.item?.color === color);
      judgement.expect(
        !stayed,
        () => `${describe(operation)} was acknowledged, and ${key} stayed within (${from}, ${to}]`,
      );
    }
  }
}

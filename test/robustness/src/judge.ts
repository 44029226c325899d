/** All checkers over one history. Reaches the same verdict whenever it is given the same file. */
import { attemptsOf } from './attempts.ts';
import { boundsOf } from './bounds.ts';
import { agreeing, cacheEqualsStore } from './checkers/agreement.ts';
import type { Checker, Property, Verdict } from './checkers/contract.ts';
import { durable } from './checkers/durable.ts';
import { linearizable } from './checkers/linearizable.ts';
import { consistent, expiring, historical } from './checkers/lists.ts';
import { preconditions } from './checkers/preconditions.ts';
import { bookmarkable, reliable, resumable } from './checkers/watch-complete.ts';
import { truthful } from './checkers/watch-content.ts';
import { atomic, ordered, unique } from './checkers/watch-order.ts';
import type { Lack } from './exercised.ts';
import type { History } from './history.ts';
import { worldOf } from './world.ts';

export const checkers: readonly Checker[] = [
  linearizable,
  durable,
  ordered,
  unique,
  reliable,
  atomic,
  resumable,
  bookmarkable,
  truthful,
  historical,
  agreeing,
  expiring,
  preconditions,
  consistent,
  cacheEqualsStore,
];

export interface Judged extends Verdict {
  readonly checker: Checker;
}

export function judge(history: History): readonly Judged[] {
  const bounds = boundsOf(history);
  const attempts = attemptsOf(history, bounds);
  const evidence = { history, bounds, attempts, world: worldOf(history, attempts) };
  return checkers.map((checker) => ({ checker, ...checker.check(evidence) }));
}

/** Promises of which a history has no case, though it should: a run that says nothing about one must not pass. */
export function unjudged(verdicts: readonly Judged[], lacks: readonly Lack[]): readonly Property[] {
  return verdicts
    .filter(({ judged, checker }) => judged === 0 && !lacks.includes(checker.property))
    .map(({ checker }) => checker.property);
}

const VIOLATIONS_SHOWN_MAX = 10; // Of one property; a broken store breaks thousands of times.

/** The verdict as lines for people: one per property, with its first violations below it. */
export function report(verdicts: readonly Judged[]): string {
  return verdicts
    .flatMap(({ checker, judged, violations }) => [
      `${violations.length === 0 ? 'holds   ' : 'VIOLATED'} ${checker.property.padEnd(3)} ${checker.promise} (${judged} cases, ${violations.length} violations)`,
      ...violations.slice(0, VIOLATIONS_SHOWN_MAX).map((violation) => `    ${violation}`),
    ])
    .join('\n');
}

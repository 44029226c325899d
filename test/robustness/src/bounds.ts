/** Real time as bounds on revisions: what an operation must have seen, and what cannot have happened yet when it returned. */
import type { History, Instant, OperationRecord, WatchEvent } from './history.ts';
import { partitionPoint } from './partition-point.ts';

export interface Bounds {
  /**
   * The newest revision that some answer, or some event of a watch, had already shown before this instant: later operations must
   * not be behind it.
   */
  floor(at: Instant): number;
  /** The newest revision that can exist at this instant: the next one whose writer had not yet asked, less one. */
  ceiling(at: Instant): number;
  /** The newest revision that this server's cache had shown before this instant: it must not go back, however old it may be. */
  cacheFloor(server: string, at: Instant): number;
}

/** The revision an answer proves to exist. */
export function shownRevision({ outcome }: OperationRecord): number | undefined {
  if (outcome.kind === 'written') return outcome.revision;
  if (outcome.kind === 'found') return outcome.item.revision;
  if (outcome.kind === 'listed') return outcome.revisions[0];
  return undefined;
}

export const revisionOf = (event: WatchEvent): number =>
  event.kind === 'progress' ? event.revision : event.item.revision;

/** A sorted list of instants, each with the extreme of all revisions up to it (or from it on). */
interface Step {
  readonly at: Instant;
  readonly revision: number;
}

export function boundsOf({ operations, watches }: History): Bounds {
  const shown: Step[] = [];
  const begun: Step[] = [];
  const ofCaches = new Map<string, Step[]>();
  const ofCache = (server: string) => ofCaches.getOrInsertComputed(server, () => []);
  for (const operation of operations) {
    const revision = shownRevision(operation);
    if (revision === undefined) continue;
    const { request, outcome, server, invokedAt, returnedAt: at } = operation;
    shown.push({ at, revision });
    if (outcome.kind === 'written') begun.push({ at: invokedAt, revision });
    if (request.kind === 'list' && request.at === 'cached') ofCache(server).push({ at, revision });
  }
  for (const { batches, server } of watches)
    for (const { at, events } of batches) {
      const revision = events.reduce((newest, event) => Math.max(newest, revisionOf(event)), 0);
      shown.push({ at, revision });
      ofCache(server).push({ at, revision });
    }
  const newest = newestSoFar(shown);
  const newestOfCaches = new Map([...ofCaches].map(([server, steps]) => [server, newestSoFar(steps)]));
  // From the end: the smallest revision that anybody asked for at that time or later.
  const oldest = running(
    begun.sort((a, b) => b.at - a.at),
    Math.min,
    Number.POSITIVE_INFINITY,
  ).reverse();
  return {
    floor: (at) => revisionBefore(newest, at),
    ceiling: (at) => (oldest[countBefore(oldest, at + 1)]?.revision ?? Number.POSITIVE_INFINITY) - 1,
    cacheFloor: (server, at) => revisionBefore(newestOfCaches.get(server) ?? [], at),
  };
}

const newestSoFar = (steps: Step[]) =>
  running(
    steps.sort((a, b) => a.at - b.at),
    Math.max,
    0,
  );
const revisionBefore = (steps: readonly Step[], at: Instant) => steps[countBefore(steps, at) - 1]?.revision ?? 0;

function running(steps: readonly Step[], pick: (a: number, b: number) => number, start: number): Step[] {
  let extreme = start;
  return steps.map(({ at, revision }) => {
    extreme = pick(extreme, revision);
    return { at, revision: extreme };
  });
}

/** How many steps lie strictly before an instant. */
const countBefore = (steps: readonly Step[], instant: Instant) => partitionPoint(steps, ({ at }) => at < instant);

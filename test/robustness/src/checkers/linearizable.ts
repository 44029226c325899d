/**
 * R1: operations take effect one after the other, each between its call and its answer. Revisions give the order away, so no
 * search is needed: a write must get a revision between what had been shown before it began and what could exist when it
 * returned, and what a read found must be the state at some revision between the same two. A write without an answer is free
 * to happen or not; if it happens, then once, and behind what was there when it was asked for.
 */
import type { OperationRecord } from '../history.ts';
import type { World } from '../world.ts';
import { judgeDeletions, judgeIdentities, judgePuts, judgeRevisions } from './causes.ts';
import { type Checker, type Evidence, Judgement } from './contract.ts';
import { describe } from './describe.ts';

interface Window {
  readonly floor: number;
  readonly ceiling: number;
}

export const linearizable: Checker = {
  property: 'R1',
  promise: 'reads and writes are strictly serializable',
  check(evidence) {
    const judgement = new Judgement();
    for (const { key, revision, one, other } of evidence.world.contradictions) {
      judgement.expect(
        false,
        () => `revision ${revision} of ${key} is "${one}" to one client and "${other}" to another`,
      );
    }
    for (const operation of evidence.history.operations) judge(operation, evidence, judgement);
    judgePuts(evidence, judgement);
    judgeDeletions(evidence, judgement);
    judgeRevisions(evidence, judgement);
    judgeIdentities(evidence, judgement);
    return judgement.verdict();
  },
};

function judge(operation: OperationRecord, { world, bounds }: Evidence, judgement: Judgement): void {
  const seenInCache = ({ server, invokedAt }: OperationRecord) => bounds.cacheFloor(server, invokedAt);
  const { request, outcome } = operation;
  const window = { floor: bounds.floor(operation.invokedAt), ceiling: bounds.ceiling(operation.returnedAt) };
  if (request.kind === 'write' && outcome.kind === 'written' && outcome.revision !== undefined) {
    const { revision } = outcome;
    const inside = revision > window.floor && revision <= window.ceiling;
    judgement.expect(inside, () => `${describe(operation)} got revision ${revision}, outside ${text(window)}`);
  }
  if (request.kind === 'read' && outcome.kind === 'found') {
    const { item } = outcome;
    // What a cache answers may be as old as the reader allows, and not older than what it answered before.
    const floor = request.atLeast === undefined ? window.floor : Math.max(request.atLeast, seenInCache(operation));
    const next = world.next(item.key, item.revision);
    const fresh = next === undefined || next.revision > floor;
    judgement.expect(
      fresh,
      () => `${describe(operation)} found revision ${item.revision}, replaced by ${next?.revision} before ${floor}`,
    );
    judgement.expect(
      item.revision <= window.ceiling,
      () => `${describe(operation)} found revision ${item.revision} from the future`,
    );
  }
  const reasons = reasonsOf(operation);
  const isCached = request.kind === 'read' && request.atLeast !== undefined;
  const from = isCached ? Math.max(request.atLeast, seenInCache(operation)) : window.floor;
  const within = { floor: from, ceiling: window.ceiling };
  if (reasons.length > 0 && reasons.every(({ key }) => world.certain(key, from, window.ceiling))) {
    const possible = reasons.some(({ key, explains }) => statesWithin(world, key, within).some(explains));
    judgement.expect(
      possible,
      () => `${describe(operation)} was refused, and nothing within ${text(within)} explains it`,
    );
  }
}

interface Reason {
  readonly key: string;
  /** Which revisions of the key (0: absent) explain the refusal. */
  explains(revision: number): boolean;
}

/** What may be behind a refusal: any of the expectations. None: it is no refusal, or needs no reason. */
function reasonsOf({ request, outcome }: OperationRecord): readonly Reason[] {
  if (outcome.kind !== 'refused') return [];
  const { reason } = outcome;
  const isThere = (at: number) => at !== 0;
  const isAbsent = (at: number) => at === 0;
  if (request.kind === 'read') return reason === 'absent' ? [{ key: request.key, explains: isAbsent }] : [];
  if (request.kind !== 'write') return [];
  return request.expect.flatMap(({ key, revision }) => {
    if (reason === 'exists') return [{ key, explains: isThere }];
    if (reason === 'absent') return [{ key, explains: isAbsent }];
    // Whoever names no revision is never refused for one, but for writers that came between again and again.
    return reason === 'conflict' && revision !== 'any' ? [{ key, explains: (at: number) => at !== revision }] : [];
  });
}

/** The revisions a key has within a window; 0 where it does not exist. */
function statesWithin(world: World, key: string, { floor, ceiling }: Window): readonly number[] {
  const before = world.at(key, floor);
  const during = world.between(key, floor, ceiling);
  return [before, ...during].map((version) => (version?.item === undefined ? 0 : version.revision));
}

const text = ({ floor, ceiling }: Window) => `(${floor}, ${ceiling}]`;

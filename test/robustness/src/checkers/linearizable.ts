/**
 * R1: operations take effect one after the other, each between its call and its answer. Revisions give the order away, so no
 * search is needed: a write must get a revision between what had been shown before it began and what could exist when it
 * returned, and what a read found must be the state at some revision between the same two.
 */
import type { OperationRecord } from '../history.ts';
import type { World } from '../world.ts';
import { type Checker, type Evidence, Judgement } from './contract.ts';

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
    return judgement.verdict();
  },
};

function judge(operation: OperationRecord, { world, bounds }: Evidence, judgement: Judgement): void {
  const { request, outcome } = operation;
  const window = { floor: bounds.floor(operation.invokedAt), ceiling: bounds.ceiling(operation.returnedAt) };
  if (request.kind === 'write' && outcome.kind === 'written' && outcome.revision !== undefined) {
    const { revision } = outcome;
    const inside = revision > window.floor && revision <= window.ceiling;
    judgement.expect(inside, () => `${describe(operation)} got revision ${revision}, outside ${text(window)}`);
  }
  if (request.kind === 'read' && outcome.kind === 'found') {
    const { item } = outcome;
    const next = world.next(item.key, item.revision);
    const fresh = next === undefined || next.revision > window.floor;
    judgement.expect(
      fresh,
      () => `${describe(operation)} found revision ${item.revision}, replaced by ${next?.revision} before it began`,
    );
    judgement.expect(
      item.revision <= window.ceiling,
      () => `${describe(operation)} found revision ${item.revision} from the future`,
    );
  }
  const wanted = refusalOf(operation);
  if (wanted !== undefined && world.certain(wanted.key, window.floor, window.ceiling)) {
    const possible = statesWithin(world, wanted.key, window).some((revision) => wanted.explains(revision));
    judgement.expect(
      possible,
      () => `${describe(operation)} was refused, and nothing within ${text(window)} explains it`,
    );
  }
}

/** For a refusal: which key it is about, and which revisions of that key (0: absent) explain it. */
function refusalOf({
  request,
  outcome,
}: OperationRecord): { key: string; explains(revision: number): boolean } | undefined {
  if (outcome.kind !== 'refused') return undefined;
  const { reason } = outcome;
  if (request.kind === 'read')
    return reason === 'absent' ? { key: request.key, explains: (at) => at === 0 } : undefined;
  // With several expectations any of them may be the one that failed.
  if (request.kind !== 'write' || request.expect.length !== 1) return undefined;
  const [{ key, revision }] = request.expect as [{ key: string; revision: number | 'any' }];
  if (reason === 'exists') return { key, explains: (at) => at !== 0 };
  if (reason === 'absent') return { key, explains: (at) => at === 0 };
  if (reason === 'conflict') return { key, explains: (at) => at !== revision };
  return undefined;
}

/** The revisions a key has within a window; 0 where it does not exist. */
function statesWithin(world: World, key: string, { floor, ceiling }: Window): readonly number[] {
  const before = world.at(key, floor);
  const during = world.between(key, floor, ceiling);
  return [before, ...during].map((version) => (version?.item === undefined ? 0 : version.revision));
}

const text = ({ floor, ceiling }: Window) => `(${floor}, ${ceiling}]`;

export function describe({ request, server, invokedAt }: OperationRecord): string {
  const at = `at ${(invokedAt / 1e6).toFixed(3)} s on ${server}`;
  if (request.kind === 'write') return `${request.changes.map(({ kind, key }) => `${kind} ${key}`).join(', ')} ${at}`;
  if (request.kind === 'read') return `read of ${request.key} ${at}`;
  return `list (${request.at}) ${at}`;
}

import type { Clock, Logger } from '@steersman/machinery';
import { holds } from '../compare.ts';
import type { StorageEvent, Transaction, TransactionResult } from '../contract.ts';
import type { DecidedOperation, EmbeddedStorage } from '../embedded.ts';
import { checkDecision, checkTransaction } from '../limits.ts';
import { type Committer, createCommitter } from './committer.ts';
import { currentStateOf, unreadItem } from './current-state.ts';
import type { Environment, Write } from './environment.ts';
import { type KeyState, type PlannedOperation, planOperation } from './plan.ts';
import { positionOf, revisionAt, stepOf } from './records.ts';
import { underwayWrites } from './underway.ts';

export interface WriterCommit {
  readonly writes: readonly Write[];
  /** The operations of one revision; none for housekeeping. */
  readonly planned: readonly PlannedOperation[];
}

export interface WriterOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Logger;
  /** The newest revision on disk when the engine starts. */
  readonly revision: number;
  /** Called with what has reached the disk, before its writers are told. */
  readonly onDurable: (events: readonly StorageEvent[], revision: number) => void;
  /** Called for each key that is to expire. */
  readonly onExpiry: (atMs: number) => void;
}

/**
 * The one writer. Preconditions are checked against the writes under way, then the tables; the revision is assigned at
 * once; batches go to disk in that order.
 */
export interface Writer {
  readonly committer: Committer<WriterCommit>;
  readonly assignedRevision: number;
  transact(transaction: Transaction): Promise<TransactionResult>;
  readonly decide: EmbeddedStorage['decide'];
  /** Deletes the key if the write at that position is still its newest. */
  expire(key: string, position: number): Promise<void>;
  isUnderway(key: string): boolean;
}

export function createWriter(options: WriterOptions): Writer {
  const { environment, clock, log } = options;
  const underway = underwayWrites();
  let assignedRevision = options.revision;
  let durableRevision = options.revision;
  let lastDurable: Promise<void> = Promise.resolve();
  const committer = createCommitter<WriterCommit>({
    environment,
    clock,
    log,
    onBatch,
    onFailure: () => underway.clear(),
    isIntact: () => revisionAt(environment.lastPosition()) <= durableRevision,
  });

  function onBatch(commits: readonly WriterCommit[]): void {
    const planned = commits.flatMap((commit) => commit.planned);
    const last = planned.at(-1);
    if (last === undefined) return;
    durableRevision = revisionAt(last.after.position);
    underway.settle(durableRevision);
    options.onDurable(
      planned.map(({ event }) => event),
      durableRevision,
    );
  }

  function stateOf(key: string): KeyState {
    const pending = underway.get(key);
    if (pending !== undefined) return pending.state;
    const header = environment.header(key);
    if (header === undefined) return { position: environment.tombstone(key) ?? 0 };
    return { position: header.position, live: { header, item: unreadItem(environment, key, header) } };
  }

  /** Assigns the next revision to what the operations change; undefined when that is nothing. */
  function commit(
    operations: readonly DecidedOperation[],
    state: (key: string) => KeyState,
  ): { readonly revision: number; readonly durable: Promise<void> } | undefined {
    const revision = assignedRevision + 1;
    const nowMs = clock.now();
    const step = stepOf(operations.length);
    const planned = operations
      .map((operation, index) =>
        planOperation(operation, state(operation.key), revision, positionOf(revision, index, step), nowMs),
      )
      .filter((each) => each !== undefined);
    if (planned.length === 0) return undefined;
    committer.check();
    assignedRevision = revision;
    const durable = committer.commit({ writes: planned.flatMap((each) => each.writes), planned });
    lastDurable = durable;
    for (const { key, after } of planned) {
      underway.set(key, { state: after, durable });
      const expiresAtMs = after.live?.header.expiresAtMs ?? 0;
      if (expiresAtMs !== 0) options.onExpiry(expiresAtMs);
    }
    return { revision, durable };
  }

  async function transact(transaction: Transaction): Promise<TransactionResult> {
    committer.check();
    checkTransaction(transaction);
    const { when, write } = transaction;
    const states = when.map(({ key }) => stateOf(key));
    const succeeded = when.every((compare, at) => holds(compare, states[at]?.live?.item));
    if (succeeded) {
      // What is compared is mostly what is written: it is looked up once.
      const known = (key: string) => states[when.findIndex((compare) => compare.key === key)] ?? stateOf(key);
      const written = commit(write, known);
      if (written !== undefined) {
        await written.durable;
        return { succeeded: true, revision: written.revision };
      }
    }
    // Nobody may learn of a write that could still be lost, not even from having nothing to do.
    await Promise.all([...when, ...write].map(({ key }) => underway.get(key)?.durable));
    if (succeeded) return { succeeded, revision: durableRevision };
    return { succeeded, revision: durableRevision, current: states.map(({ live }) => live?.item) };
  }

  const currentState = currentStateOf(
    environment,
    underway,
    (key) => stateOf(key).live?.item,
    () => assignedRevision,
  );

  const decide: EmbeddedStorage['decide'] = async (decision) => {
    committer.check();
    const operations = decision(currentState);
    checkDecision(operations);
    const seen = assignedRevision;
    const written = commit(operations, stateOf);
    // Nobody may learn of a write that could still be lost; what was decided upon is on disk when the last write is.
    await (written?.durable ?? lastDurable);
    // Revisions whose writes failed were never seen by anybody.
    return { revision: written?.revision ?? Math.min(seen, durableRevision) };
  };

  return {
    committer,
    decide,
    get assignedRevision() {
      return assignedRevision;
    },
    transact,
    async expire(key, position) {
      if (stateOf(key).position === position) await commit([{ kind: 'delete', key }], stateOf)?.durable;
    },
    isUnderway: (key) => underway.get(key) !== undefined,
  };
}

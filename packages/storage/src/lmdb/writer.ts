import type { Clock, Logger } from '@steersman/machinery';
import { holds } from '../compare.ts';
import type { Operation, StorageEvent, Transaction, TransactionResult } from '../contract.ts';
import { checkTransaction } from '../limits.ts';
import { type Committer, createCommitter } from './committer.ts';
import type { Environment, Write } from './environment.ts';
import { type KeyState, type PlannedOperation, planOperation } from './plan.ts';
import { itemOf, revisionAt } from './records.ts';

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
  /** Deletes the key if the write at that position is still its newest. */
  expire(key: string, position: number): Promise<void>;
  isUnderway(key: string): boolean;
}

/** A key with a write under way. */
interface Underway {
  readonly state: KeyState;
  readonly durable: Promise<void>;
}

export function createWriter(options: WriterOptions): Writer {
  const { environment, clock, log } = options;
  const underway = new Map<string, Underway>();
  let assignedRevision = options.revision;
  let durableRevision = options.revision;
  const committer = createCommitter<WriterCommit>({ environment, log, onBatch, onFailure: () => underway.clear() });

  function onBatch(commits: readonly WriterCommit[]): void {
    const planned = commits.flatMap((commit) => commit.planned);
    for (const { key, after } of planned) if (underway.get(key)?.state === after) underway.delete(key);
    const last = planned.at(-1);
    if (last === undefined) return;
    durableRevision = revisionAt(last.after.position);
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
    const { position } = header;
    return { position, live: { header, item: itemOf(environment.log(position)!, position) } };
  }

  /** Assigns the next revision to what the operations change; undefined when that is nothing. */
  function commit(operations: readonly Operation[], state: (key: string) => KeyState): Promise<number> | undefined {
    const revision = assignedRevision + 1;
    const nowMs = clock.now();
    const planned = operations
      .map((operation, index) => planOperation(operation, state(operation.key), revision, index, nowMs))
      .filter((each) => each !== undefined);
    if (planned.length === 0) return undefined;
    committer.check();
    assignedRevision = revision;
    const durable = committer.commit({ writes: planned.flatMap((each) => each.writes), planned });
    for (const { key, after } of planned) {
      underway.set(key, { state: after, durable });
      const expiresAtMs = after.live?.header.expiresAtMs ?? 0;
      if (expiresAtMs !== 0) options.onExpiry(expiresAtMs);
    }
    return durable.then(() => revision);
  }

  async function transact(transaction: Transaction): Promise<TransactionResult> {
    committer.check();
    checkTransaction(transaction);
    const { when, write } = transaction;
    const compared = new Map(when.map(({ key }) => [key, stateOf(key)]));
    const current = when.map(({ key }) => compared.get(key)?.live?.item);
    const succeeded = when.every((compare, at) => holds(compare, current[at]));
    const written = succeeded ? commit(write, (key) => compared.get(key) ?? stateOf(key)) : undefined;
    if (written !== undefined) return { succeeded: true, revision: await written };
    // Nobody may learn of a write that could still be lost, not even from having nothing to do.
    await Promise.all([...when, ...write].map(({ key }) => underway.get(key)?.durable));
    return succeeded ? { succeeded, revision: durableRevision } : { succeeded, revision: durableRevision, current };
  }

  return {
    committer,
    get assignedRevision() {
      return assignedRevision;
    },
    transact,
    async expire(key, position) {
      if (stateOf(key).position === position) await commit([{ kind: 'delete', key }], stateOf);
    },
    isUnderway: (key) => underway.has(key),
  };
}

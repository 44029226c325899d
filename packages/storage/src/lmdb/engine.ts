import type { Clock, Logger } from '@steersman/machinery';
import { holds } from '../compare.ts';
import type {
  KeyValue,
  Operation,
  RangeRequest,
  Storage,
  StorageEvent,
  Transaction,
  TransactionResult,
} from '../contract.ts';
import { errors } from '../error.ts';
import { checkTransaction } from '../limits.ts';
import { createWatchHub } from '../watch-hub.ts';
import { createCommitter } from './committer.ts';
import { createCompactor } from './compaction.ts';
import type { Environment, Write } from './environment.ts';
import { createExpirer } from './expirer.ts';
import { type KeyState, type PlannedOperation, planOperation } from './plan.ts';
import { readHistory, readRange, versionAt } from './reader.ts';
import { type Header, itemOf, revisionAt } from './records.ts';

export interface EngineOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Logger;
}

interface EngineCommit {
  readonly writes: readonly Write[];
  /** The operations of one revision; none for housekeeping. */
  readonly planned: readonly PlannedOperation[];
}

/** A key with a write under way. */
interface Underway {
  readonly state: KeyState;
  readonly durable: Promise<void>;
}

/**
 * The engine over tables on disk. One writer: preconditions are checked against the writes under way, then the tables;
 * the revision is assigned at once; batches go to disk in that order, and only then do watchers and callers hear of them.
 */
export function createEngine({ environment, clock, log }: EngineOptions): Storage {
  const underway = new Map<string, Underway>();
  const compactor = createCompactor({
    environment,
    commit: (writes) => committer.commit({ writes, planned: [] }),
    isUnderway: (key) => underway.has(key),
  });
  let assignedRevision = Math.max(revisionAt(environment.lastPosition()), compactor.revision);
  let closing: Promise<void> | undefined;
  let readsUnderway = 0;

  const hub = createWatchHub({
    revision: assignedRevision,
    compactedRevision: () => compactor.revision,
    readHistory: (afterRevision) => withSnapshot((snapshot) => readHistory(snapshot, afterRevision)),
  });
  const committer = createCommitter<EngineCommit>({
    environment,
    log,
    onBatch: publish,
    onFailure: () => underway.clear(),
  });
  const expirer = createExpirer(environment, clock, async (key, position) => {
    if (stateOf(key).position === position) await commit([{ kind: 'delete', key }]);
  });
  void compactor.resume();

  function publish(commits: readonly EngineCommit[]): void {
    const events: StorageEvent[] = [];
    for (const { planned } of commits) {
      for (const { key, after, event } of planned) {
        if (underway.get(key)?.state === after) underway.delete(key);
        events.push(event);
      }
    }
    const last = commits.findLast(({ planned }) => planned.length > 0)?.planned[0];
    if (last !== undefined) hub.publish(events, revisionAt(last.after.position));
  }

  function liveState(key: string, header: Header): KeyState {
    const { position, createRevision, version } = header;
    const value = environment.log(position)!.value;
    return {
      position,
      live: { header, item: { key, value, createRevision, modRevision: revisionAt(position), version } },
    };
  }

  function stateOf(key: string): KeyState {
    const pending = underway.get(key);
    if (pending !== undefined) return pending.state;
    const header = environment.header(key);
    return header === undefined ? { position: environment.tombstone(key) ?? 0 } : liveState(key, header);
  }

  /** Assigns the next revision to what the operations change; undefined when that is nothing. */
  function commit(operations: readonly Operation[]): Promise<number> | undefined {
    const revision = assignedRevision + 1;
    const nowMs = clock.now();
    const planned = operations
      .map((operation, index) => planOperation(operation, stateOf(operation.key), revision, index, nowMs))
      .filter((each) => each !== undefined);
    if (planned.length === 0) return undefined;
    committer.check();
    assignedRevision = revision;
    const durable = committer.commit({ writes: planned.flatMap((each) => each.writes), planned });
    for (const { key, after } of planned) {
      underway.set(key, { state: after, durable });
      const expiresAtMs = after.live?.header.expiresAtMs ?? 0;
      if (expiresAtMs !== 0) expirer.expect(expiresAtMs);
    }
    return durable.then(() => revision);
  }

  async function transact(transaction: Transaction): Promise<TransactionResult> {
    committer.check();
    checkTransaction(transaction);
    const current = transaction.when.map((compare) => stateOf(compare.key).live?.item);
    const succeeded = transaction.when.every((compare, at) => holds(compare, current[at]));
    const written = succeeded ? commit(transaction.write) : undefined;
    if (written !== undefined) return { succeeded: true, revision: await written };
    // Nobody may learn of a write that could still be lost, not even from having nothing to do.
    const touched = [...transaction.when, ...transaction.write].map(({ key }) => underway.get(key)?.durable);
    await Promise.all(touched);
    return succeeded ? { succeeded, revision: hub.revision } : { succeeded, revision: hub.revision, current };
  }

  /** The tables can be ahead of what was published, by the batch that is being written. */
  function visibleRevision(): number {
    if (assignedRevision === hub.revision) return hub.revision;
    return Math.max(hub.revision, revisionAt(environment.lastPosition()));
  }

  /** The revision to read at, and the newest one in the tables. */
  function readable(wanted: number | undefined): { readonly revision: number; readonly newest: number } {
    if (closing !== undefined) throw errors.closed();
    const newest = visibleRevision();
    if (wanted === undefined) return { revision: newest, newest };
    if (wanted > newest) throw errors.futureRevision(wanted, newest);
    if (wanted < compactor.revision) throw errors.compacted(wanted, compactor.revision);
    return { revision: wanted, newest };
  }

  async function withSnapshot<T>(read: (snapshot: ReturnType<Environment['snapshot']>) => T | Promise<T>): Promise<T> {
    const snapshot = environment.snapshot();
    readsUnderway += 1;
    try {
      return await read(snapshot);
    } finally {
      snapshot.release();
      readsUnderway -= 1;
    }
  }

  function getAt(
    key: string,
    wanted: number | undefined,
  ): { readonly item: KeyValue | undefined; readonly revision: number } {
    const { revision, newest } = readable(wanted);
    const header = environment.header(key);
    if (header !== undefined && revisionAt(header.position) <= revision)
      return { item: liveState(key, header).live?.item, revision };
    if (revision >= newest) return { item: undefined, revision };
    const found = versionAt(environment, header?.position ?? environment.tombstone(key) ?? 0, revision);
    return { item: found && itemOf(found.record, found.position), revision };
  }

  async function close(): Promise<void> {
    committer.refuse(errors.closed());
    expirer.close();
    await committer.settled();
    await compactor.stopped();
    hub.end(errors.closed());
    while (readsUnderway > 0) await new Promise((resolve) => setImmediate(resolve));
    await environment.close();
  }

  return {
    async currentRevision() {
      if (closing !== undefined) throw errors.closed();
      return hub.revision;
    },
    get: async (key, options) => getAt(key, options?.revision),
    async range(request: RangeRequest) {
      const { revision, newest } = readable(request.revision);
      return withSnapshot((snapshot) => readRange(snapshot, request, revision, newest, clock));
    },
    transact,
    watch(request, handler) {
      if (closing !== undefined) throw errors.closed();
      return hub.watch(request, handler);
    },
    async compact(target) {
      committer.check();
      if (target > hub.revision) throw errors.futureRevision(target, hub.revision);
      await compactor.compact(target);
    },
    compactedRevision: async () => compactor.revision,
    async size() {
      if (closing !== undefined) throw errors.closed();
      return environment.size();
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

import type { Clock } from '@steersman/machinery';
import { holds } from '../compare.ts';
import type { KeyValue, RangeRequest, RangeResult, StorageEvent, Transaction, TransactionResult } from '../contract.ts';
import type { DecidedOperation, EmbeddedStorage, LeaseRecord } from '../embedded.ts';
import { errors } from '../error.ts';
import { checkDecision, checkTransaction } from '../limits.ts';
import { createWatchHub } from '../watch-hub.ts';
import { createExpiryQueue } from './expiry-queue.ts';
import { createHistory } from './history.ts';

/** Without anybody compacting, history would fill the memory: past this many events the older half is forgotten. */
const HISTORY_EVENTS_MAX = 200_000;

export interface MemoryStorageOptions {
  readonly clock: Clock;
  /** Events kept for watches that resume; 200,000 when absent. */
  readonly historyEventsMax?: number;
  /** Where revisions begin; 0 when absent. */
  readonly firstRevision?: number;
}

/** The engine for tests and simulation: everything in memory, gone with the process. */
export function createMemoryStorage(options: MemoryStorageOptions): EmbeddedStorage {
  const { clock, historyEventsMax = HISTORY_EVENTS_MAX, firstRevision = 0 } = options;
  const history = createHistory();
  history.compact(firstRevision);
  const leases = new Map<bigint, LeaseRecord>();
  const expiries = createExpiryQueue(clock, (entry) => {
    if (history.latest(entry.key)?.modRevision === entry.revision) void commit([{ kind: 'delete', key: entry.key }]);
  });
  const hub = createWatchHub({
    revision: firstRevision,
    compactedRevision: () => history.compactedRevision,
    readHistory: async (afterRevision) => history.after(afterRevision),
  });
  let revision = firstRevision;
  let closed = false;
  let unpublished: StorageEvent[] = [];
  let publishing: Promise<void> | undefined;

  function checkReadable(wanted: number | undefined): number {
    if (closed) throw errors.closed();
    if (wanted === undefined) return revision;
    if (wanted > revision) throw errors.futureRevision(wanted, revision);
    if (wanted < history.compactedRevision) throw errors.compacted(wanted, history.compactedRevision);
    return wanted;
  }

  /** Watchers are never called inside the writer's stack: a handler may write, and order must hold all the same. */
  function publishSoon(): Promise<void> {
    publishing ??= Promise.resolve().then(() => {
      publishing = undefined;
      if (closed) return;
      const events = unpublished;
      unpublished = [];
      hub.publish(events, revision);
      if (history.length > historyEventsMax) history.compactHalf();
    });
    return publishing;
  }

  function eventOf(operation: DecidedOperation, next: number): StorageEvent | undefined {
    const previous = history.latest(operation.key);
    if (operation.kind === 'delete')
      return previous && { kind: 'delete', key: operation.key, revision: next, previous };
    const current: KeyValue = {
      key: operation.key,
      value: operation.value,
      createRevision: previous?.createRevision ?? next,
      modRevision: next,
      version: (previous?.version ?? 0) + 1,
      ...(operation.lease !== undefined && { lease: operation.lease }),
    };
    if (operation.ttlSeconds !== undefined)
      expiries.add({ key: operation.key, revision: next, atMs: clock.now() + operation.ttlSeconds * 1000 });
    return { kind: 'put', current, previous };
  }

  function commit(operations: readonly DecidedOperation[]): Promise<void> | undefined {
    const events = operations
      .map((operation) => eventOf(operation, revision + 1))
      .filter((event) => event !== undefined);
    if (events.length === 0) return undefined;
    revision += 1;
    for (const event of events) {
      history.append(event);
      unpublished.push(event);
    }
    return publishSoon();
  }

  async function transact(transaction: Transaction): Promise<TransactionResult> {
    if (closed) throw errors.closed();
    checkTransaction(transaction);
    const current = transaction.when.map((compare) => history.latest(compare.key));
    if (!transaction.when.every((compare, at) => holds(compare, current[at])))
      return { succeeded: false, revision, current };
    const published = commit(transaction.write);
    const result = { succeeded: true, revision } as const;
    await published;
    return result;
  }

  const decide: EmbeddedStorage['decide'] = async (decision) => {
    if (closed) throw errors.closed();
    const operations = decision({
      revision,
      get: history.latest,
      range(start, end) {
        const items: KeyValue[] = [];
        history.scan(start, end, revision, (item) => void items.push(item));
        return items;
      },
    });
    checkDecision(operations);
    const published = commit(operations) ?? publishing;
    const result = { revision };
    await published;
    return result;
  };

  async function range(request: RangeRequest): Promise<RangeResult> {
    const at = checkReadable(request.revision);
    const limit = request.countOnly ? 0 : (request.limit ?? Number.POSITIVE_INFINITY);
    const items: KeyValue[] = [];
    let count = 0;
    history.scan(request.start, request.end, at, (item) => {
      count += 1;
      if (items.length < limit) items.push(request.keysOnly ? { ...item, value: NO_BYTES } : item);
    });
    return { items, revision: at, more: count > items.length && !request.countOnly, count };
  }

  return {
    async currentRevision() {
      return checkReadable(undefined);
    },
    async get(key, options) {
      const at = checkReadable(options?.revision);
      return { item: at === revision ? history.latest(key) : history.at(key, at), revision: at };
    },
    range,
    transact,
    decide,
    leases: {
      list: async () => [...leases.values()],
      put: async (lease) => void leases.set(lease.id, lease),
      remove: async (id) => void leases.delete(id),
    },
    watch(request, handler) {
      if (closed) throw errors.closed();
      return hub.watch(request, handler);
    },
    async compact(target) {
      if (closed) throw errors.closed();
      if (target > revision) throw errors.futureRevision(target, revision);
      if (target > history.compactedRevision) history.compact(target);
    },
    async compactedRevision() {
      return history.compactedRevision;
    },
    async size() {
      return history.bytes;
    },
    async close() {
      if (closed) return;
      closed = true;
      expiries.close();
      hub.end(errors.closed());
    },
  };
}

const NO_BYTES = new Uint8Array(0);

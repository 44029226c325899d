import type { Clock, Logger } from '@steersman/machinery';
import type {
  Compare,
  KeyValue,
  Operation,
  RangeRequest,
  RangeResult,
  Storage,
  Transaction,
  TransactionResult,
} from '../contract.ts';
import { errors, isStorageError } from '../error.ts';
import { checkTransaction } from '../limits.ts';
import { compactedRevisionOf } from './compacted.ts';
import type { Connection, Message } from './connection.ts';
import { createKeyOrder } from './key-order.ts';
import type { Keyspace } from './keyspace.ts';
import { createLeases } from './leases.ts';
import { keyValueOf, type RangeResponse, type TxnResponse } from './messages.ts';
import { isUnknownLease } from './status-code.ts';
import { Watches } from './watches.ts';

/** Nobody's key: what is asked of it is the revision in the answer. */
const NO_KEY = Buffer.of(0);

export interface EtcdEngineOptions {
  readonly connection: Connection;
  readonly keyspace: Keyspace;
  readonly ownKey: (bytes: Uint8Array) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The contract in terms of etcd's calls. Beyond the contract: the writes of one key happen in the order of the calls. */
export function createEtcdEngine({ connection, keyspace, ownKey, clock, log }: EtcdEngineOptions): Storage {
  let closed = false;
  const order = createKeyOrder();
  const ownValues = new Map<string, Uint8Array>(); // One per key at most: the writes of a key follow each other.
  const call = <R>(service: 'KV' | 'Lease' | 'Maintenance', method: string, request: Message, repeatable = true) =>
    connection.call<R>(service, method, request, { repeatable });
  const read = async (request: Message) => {
    const answer = await call<RangeResponse>('KV', 'Range', request);
    watches.observe(Number(answer.header.revision));
    return answer;
  };
  const checkReadable = async (revision: number) => void (await read({ key: NO_KEY, revision, count_only: true }));
  const compactedRevision = compactedRevisionOf({ connection, clock, checkReadable });
  const watches = new Watches({ connection, keyspace, clock, log, checkReadable, ownKey, ownValues });
  const leases = createLeases(clock, async (seconds) => {
    const { ID } = await call<{ ID: string }>('Lease', 'LeaseGrant', { TTL: seconds, ID: 0 });
    return ID;
  });
  const checkOpen = () => {
    if (closed) throw errors.closed();
  };

  async function range(request: RangeRequest): Promise<RangeResult> {
    checkOpen();
    const answer = await read({
      key: keyspace.bytesOf(request.start),
      range_end: keyspace.bytesOf(request.end),
      limit: request.limit ?? 0,
      revision: request.revision ?? 0,
      keys_only: request.keysOnly ?? false,
      count_only: request.countOnly ?? false,
    });
    return {
      items: answer.kvs.map((item) => keyValueOf(item, keyspace)),
      revision: request.revision ?? Number(answer.header.revision),
      more: answer.more,
      count: Number(answer.count),
    };
  }

  async function get(key: string, { revision }: { readonly revision?: number } = {}) {
    checkOpen();
    const answer = await read({ key: keyspace.bytesOf(key), revision: revision ?? 0 });
    const [item] = answer.kvs;
    return {
      item: item === undefined ? undefined : keyValueOf(item, keyspace),
      revision: revision ?? Number(answer.header.revision),
    };
  }

  const txn = ({ when }: Transaction, success: readonly Message[]) =>
    call<TxnResponse>(
      'KV',
      'Txn',
      {
        compare: when.map((one) => compareOf(one, keyspace)),
        success,
        failure: when.map(({ key }) => ({ request_range: { key: keyspace.bytesOf(key) } })),
      },
      false,
    );

  function send(transaction: Transaction): Promise<TxnResponse> {
    if (transaction.write.some((operation) => operation.kind === 'put' && operation.ttlSeconds !== undefined))
      return sendLeased(transaction);
    return txn(
      transaction,
      transaction.write.map((operation) => requestOf(operation, keyspace)),
    );
  }

  async function sendLeased(transaction: Transaction): Promise<TxnResponse> {
    const used: string[] = [];
    const leased = async (operation: Operation) => {
      if (operation.kind === 'delete' || operation.ttlSeconds === undefined) return requestOf(operation, keyspace);
      const lease = await leases.leaseFor(operation.ttlSeconds);
      used.push(lease);
      return requestOf(operation, keyspace, lease);
    };
    const attempt = async () => txn(transaction, await Promise.all(transaction.write.map(leased)));
    try {
      return await attempt();
    } catch (error) {
      // A lease may be over before our clock says so; the refused transaction has written nothing.
      if (used.length === 0 || !isStorageError(error) || !isUnknownLease({ code: 0, details: error.message }))
        throw error;
      for (const lease of used) leases.forget(lease);
      return attempt();
    }
  }

  async function write(transaction: Transaction, keys: readonly string[]): Promise<TransactionResult> {
    await watches.untilReady();
    checkOpen();
    for (const one of transaction.write) if (one.kind === 'put') ownValues.set(one.key, one.value);
    const answer = await send(transaction);
    const revision = Number(answer.header.revision);
    watches.observe(revision);
    if (!answer.succeeded) return { succeeded: false, revision, current: currentOf(answer, keyspace) };
    const wrote =
      transaction.write.some(({ kind }) => kind === 'put') ||
      answer.responses.some((one) => Number(one.response_delete_range?.deleted ?? 0) > 0);
    if (wrote) await watches.untilTold(keys, revision);
    return { succeeded: true, revision };
  }

  return {
    async currentRevision() {
      checkOpen();
      return Number((await read({ key: NO_KEY, count_only: true })).header.revision);
    },
    get,
    range,
    async transact(transaction) {
      checkOpen();
      checkTransaction(transaction);
      const keys = transaction.write.map(({ key }) => key);
      return order.run(keys, () =>
        write(transaction, keys).finally(() => {
          for (const key of keys) ownValues.delete(key);
        }),
      );
    },
    watch: (request, handler) => watches.watch(request, handler),
    async compact(revision) {
      checkOpen();
      if (revision <= 0) return;
      await call('KV', 'Compact', { revision }).catch((error: unknown) => {
        if (!isStorageError(error, 'compacted')) throw error;
      });
    },
    async compactedRevision() {
      checkOpen();
      return compactedRevision();
    },
    async size() {
      checkOpen();
      return Number((await call<{ dbSize: string }>('Maintenance', 'Status', {})).dbSize);
    },
    async close() {
      closed = true;
      watches.close();
      connection.close();
    },
  };
}

function requestOf(operation: Operation, keyspace: Keyspace, lease?: string): Message {
  const key = keyspace.bytesOf(operation.key);
  if (operation.kind === 'delete') return { request_delete_range: { key } };
  return { request_put: { key, value: operation.value, ...(lease !== undefined && { lease }) } };
}

function compareOf({ key, target, equals }: Compare, keyspace: Keyspace): Message {
  const base = { key: keyspace.bytesOf(key), result: 'EQUAL' };
  return target === 'version'
    ? { ...base, target: 'VERSION', version: equals }
    : { ...base, target: 'MOD', mod_revision: equals };
}

function currentOf({ responses }: TxnResponse, keyspace: Keyspace): (KeyValue | undefined)[] {
  return responses.map(({ response_range: found }) => {
    const item = found?.kvs[0];
    return item === undefined ? undefined : keyValueOf(item, keyspace);
  });
}

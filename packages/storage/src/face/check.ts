/** What etcd refuses before it looks at what is stored. Everything here throws a Refusal. */
import { OPERATIONS_PER_TRANSACTION_MAX } from '../limits.ts';
import { keyOf, rangeOf } from './keys.ts';
import type { DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest } from './messages.ts';
import { refusals } from './refusal.ts';

const SORT_ORDERS = new Set(['NONE', 'ASCEND', 'DESCEND']);
const SORT_TARGETS = new Set(['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE']);
const COMPARES_AND_OPERATIONS_MAX = OPERATIONS_PER_TRANSACTION_MAX;

export function checkRange(request: RangeRequest): void {
  if (request.key.length === 0) throw refusals.emptyKey();
  if (!SORT_ORDERS.has(request.sort_order) || !SORT_TARGETS.has(request.sort_target)) throw refusals.sortOption();
}

export function checkPut(request: PutRequest): void {
  if (request.key.length === 0) throw refusals.emptyKey();
  if (request.ignore_value && request.value.length !== 0) throw refusals.valueProvided();
  if (request.ignore_lease && request.lease !== '0') throw refusals.leaseProvided();
}

export function checkDelete(request: DeleteRangeRequest): void {
  if (request.key.length === 0) throw refusals.emptyKey();
}

export function checkTxn(request: TxnRequest): void {
  checkCounts(request, COMPARES_AND_OPERATIONS_MAX);
  touchedBy(request.success);
  touchedBy(request.failure);
}

/** A transaction inside another one has what the outer one leaves of the limit. */
function checkCounts({ compare, success, failure }: TxnRequest, max: number): void {
  const count = Math.max(compare.length, success.length, failure.length);
  if (count > max) throw refusals.tooManyOperations();
  if (compare.some(({ key }) => key.length === 0)) throw refusals.emptyKey();
  for (const operation of [...success, ...failure]) {
    if (operation.request_range) checkRange(operation.request_range);
    else if (operation.request_put) checkPut(operation.request_put);
    else if (operation.request_delete_range) checkDelete(operation.request_delete_range);
    else if (operation.request_txn) checkCounts(operation.request_txn, max - count);
    else throw refusals.keyNotFound(); // What etcd says to an operation that is none.
  }
}

interface Touched {
  readonly puts: ReadonlySet<string>;
  readonly deletes: readonly { readonly start: string; readonly end: string }[];
}

/**
 * What a branch may write. Refuses a key that is put twice, or put and deleted; of what a transaction inside puts and a later one
 * deletes etcd takes no notice.
 */
function touchedBy(operations: readonly RequestOp[]): Touched {
  const puts = new Set<string>();
  const deletes = operations.flatMap(({ request_delete_range: range }) =>
    range ? [rangeOf(range.key, range.range_end)] : [],
  );
  const checkedPut = (key: string) => {
    addPut(puts, key);
    if (deletes.some(({ start, end }) => start <= key && key < end)) throw refusals.duplicateKey();
  };
  for (const { request_txn: inner } of operations) {
    if (!inner) continue;
    const touched = branchesOf(inner);
    for (const key of touched.puts) checkedPut(key);
    deletes.push(...touched.deletes.map((range) => ({ ...range, single: false })));
  }
  for (const { request_put: put } of operations) if (put) checkedPut(keyOf(put.key));
  return { puts, deletes };
}

/** Only one of two branches happens: what both put is no duplicate. */
function branchesOf({ success, failure }: TxnRequest): Touched {
  const [one, other] = [touchedBy(success), touchedBy(failure)];
  return { puts: new Set([...one.puts, ...other.puts]), deletes: [...one.deletes, ...other.deletes] };
}

function addPut(puts: Set<string>, key: string): void {
  if (puts.has(key)) throw refusals.duplicateKey();
  puts.add(key);
}

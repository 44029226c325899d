/** Transactions, put and delete applied to what is stored: synchronous, so that nothing comes between. */
import type { KeyValue } from '../contract.ts';
import type { CurrentState, DecidedOperation } from '../embedded.ts';
import { keyOf, rangeOf } from './keys.ts';
import {
  type CompareRequest,
  type DeleteRangeRequest,
  type Message,
  type PutRequest,
  type RangeRequest,
  type RequestOp,
  type TxnRequest,
  wireOf,
} from './messages.ts';
import { refusals } from './refusal.ts';
import { selected } from './select.ts';

/** Of an operation at an older revision, which is read afterwards. */
export interface LaterRange {
  readonly request: RangeRequest;
  readonly fill: (answer: Message) => void;
}

export interface ApplyOptions {
  readonly state: CurrentState;
  readonly isLive: (lease: bigint) => boolean;
}

/** What has been decided so far, laid over what is stored. */
export class Application {
  readonly later: LaterRange[] = [];
  readonly #state: CurrentState;
  readonly #isLive: (lease: bigint) => boolean;
  readonly #operations = new Map<string, DecidedOperation>();
  readonly #items = new Map<string, KeyValue | undefined>();

  constructor({ state, isLive }: ApplyOptions) {
    this.#state = state;
    this.#isLive = isLive;
  }

  get operations(): readonly DecidedOperation[] {
    return [...this.#operations.values()];
  }

  put(request: PutRequest): Message {
    const key = keyOf(request.key);
    const previous = this.#get(key);
    if ((request.ignore_value || request.ignore_lease) && previous === undefined) throw refusals.keyNotFound();
    const lease = request.ignore_lease ? previous?.lease : leaseOf(request.lease);
    if (lease !== undefined && !request.ignore_lease && !this.#isLive(lease)) throw refusals.leaseNotFound();
    const value = request.ignore_value ? previous!.value : request.value;
    const before = request.prev_kv && previous !== undefined ? { prev_kv: wireOf(previous) } : {};
    const revision = this.#state.revision + 1;
    const leased = lease === undefined ? {} : { lease };
    this.#operations.set(key, { kind: 'put', key, value, ...leased });
    this.#items.set(key, {
      key,
      value,
      createRevision: previous?.createRevision ?? revision,
      modRevision: revision,
      version: (previous?.version ?? 0) + 1,
      ...leased,
    });
    return before;
  }

  deleteRange(request: DeleteRangeRequest): Message {
    const gone = [...this.#range(request.key, request.range_end)];
    const prev_kvs = request.prev_kv ? gone.map(wireOf) : [];
    for (const { key } of gone) {
      this.#operations.set(key, { kind: 'delete', key });
      this.#items.set(key, undefined);
    }
    return { deleted: gone.length, prev_kvs };
  }

  /** All comparisons are made before anything is written, those of transactions inside too. */
  txn(request: TxnRequest): Message {
    return this.#perform(this.#choose(request));
  }

  #choose(request: TxnRequest): Chosen {
    const succeeded = request.compare.every((compare) => this.#holds(compare));
    const operations = succeeded ? request.success : request.failure;
    return {
      succeeded,
      operations: operations.map((operation) => ({
        operation,
        ...(operation.request_txn && { inner: this.#choose(operation.request_txn) }),
      })),
    };
  }

  #perform({ succeeded, operations }: Chosen): Message {
    const responses = operations.map(({ operation, inner }) => {
      if (inner !== undefined) return { response_txn: this.#perform(inner) };
      if (operation.request_put) return { response_put: this.put(operation.request_put) };
      if (operation.request_delete_range)
        return { response_delete_range: this.deleteRange(operation.request_delete_range) };
      return this.#read(operation.request_range!);
    });
    return { succeeded, responses };
  }

  #read(request: RangeRequest): Message {
    const response: { response_range: Message } = { response_range: {} };
    if (Number(request.revision) > 0)
      this.later.push({ request, fill: (answer) => Object.assign(response, { response_range: answer }) });
    else {
      const items = [...this.#range(request.key, request.range_end)];
      response.response_range = { ...selected(request, items, items.length) };
    }
    return response;
  }

  #holds(compare: CompareRequest): boolean {
    const items = [...this.#range(compare.key, compare.range_end)];
    // There is no way to ask for a value that is not there: such a comparison always fails.
    if (items.length === 0) return compare.target !== 'VALUE' && matches(compare, undefined);
    return items.every((item) => matches(compare, item));
  }

  #get(key: string): KeyValue | undefined {
    return this.#items.has(key) ? this.#items.get(key) : this.#state.get(key);
  }

  *#range(key: Uint8Array, rangeEnd: Uint8Array): Generator<KeyValue> {
    const { start, end, single } = rangeOf(key, rangeEnd);
    if (single) {
      const item = this.#get(start);
      if (item !== undefined) yield item;
    } else if (this.#items.size === 0) yield* this.#state.range(start, end);
    else yield* this.#overlaid(start, end);
  }

  #overlaid(start: string, end: string): KeyValue[] {
    const kept = [...this.#state.range(start, end)].filter(({ key }) => !this.#items.has(key));
    for (const [key, item] of this.#items) if (item !== undefined && start <= key && key < end) kept.push(item);
    return kept.sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

/** Which branch happens, and which in the transactions inside. */
interface Chosen {
  readonly succeeded: boolean;
  readonly operations: readonly { readonly operation: RequestOp; readonly inner?: Chosen }[];
}

export function leaseOf(text: string): bigint | undefined {
  return text === '0' ? undefined : BigInt(text);
}

function matches(compare: CompareRequest, item: KeyValue | undefined): boolean {
  const order = orderOf(compare, item);
  if (compare.result === 'EQUAL') return order === 0;
  if (compare.result === 'NOT_EQUAL') return order !== 0;
  return compare.result === 'GREATER' ? order > 0 : order < 0;
}

const NO_BYTES = new Uint8Array(0);
const sign = (actual: bigint, wanted: string | undefined) => {
  const other = BigInt(wanted ?? 0);
  return actual < other ? -1 : actual > other ? 1 : 0;
};

/** How what is stored compares with what is asked for; a key that is absent has zeros. */
function orderOf(compare: CompareRequest, item: KeyValue | undefined): number {
  switch (compare.target) {
    case 'VALUE':
      return Buffer.compare(item?.value ?? NO_BYTES, compare.value ?? NO_BYTES);
    case 'CREATE':
      return sign(BigInt(item?.createRevision ?? 0), compare.create_revision);
    case 'MOD':
      return sign(BigInt(item?.modRevision ?? 0), compare.mod_revision);
    case 'LEASE':
      return sign(item?.lease ?? 0n, compare.lease);
    default:
      return sign(BigInt(item?.version ?? 0), compare.version);
  }
}

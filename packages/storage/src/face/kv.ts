/** The KV service: reads from the engine, writes as decisions. */
import type { Clock } from '@steersman/machinery';
import type { EmbeddedStorage } from '../embedded.ts';
import { Application } from './apply.ts';
import { checkDelete, checkPut, checkRange, checkTxn } from './check.ts';
import { rangeOf } from './keys.ts';
import type { Leases } from './leases.ts';
import type { DeleteRangeRequest, Message, PutRequest, RangeRequest, RequestOp, TxnRequest } from './messages.ts';
import type { Quota } from './quota.ts';
import { refusals } from './refusal.ts';
import { looksAtAll, selected } from './select.ts';

const COMPACTION_LOOK_MS = 10;

export interface KvOptions {
  readonly storage: EmbeddedStorage;
  readonly leases: Leases;
  readonly quota: Quota;
  readonly clock: Clock;
  readonly requestBytesMax: number;
  readonly header: (revision: number) => Message;
}

export interface Kv {
  range(request: RangeRequest): Promise<Message>;
  put(request: PutRequest): Promise<Message>;
  deleteRange(request: DeleteRangeRequest): Promise<Message>;
  txn(request: TxnRequest): Promise<Message>;
  compact(request: { readonly revision: string; readonly physical: boolean }): Promise<Message>;
}

export function createKv({ storage, leases, quota, clock, requestBytesMax, header }: KvOptions): Kv {
  async function read(request: RangeRequest): Promise<{ readonly answer: Message; readonly revision: number }> {
    const wanted = Number(request.revision) > 0 ? { revision: Number(request.revision) } : {};
    const { start, end, single } = rangeOf(request.key, request.range_end);
    if (single) {
      const { item, revision } = await storage.get(start, wanted);
      const items = item === undefined ? [] : [item];
      return { answer: { ...selected(request, items, items.length) }, revision };
    }
    const limit = Number(request.limit) > 0 && !looksAtAll(request) ? { limit: Number(request.limit) + 1 } : {};
    const found = await storage.range({
      start,
      end,
      ...wanted,
      ...limit,
      countOnly: request.count_only,
      keysOnly: request.keys_only && request.sort_target !== 'VALUE',
    });
    return { answer: { ...selected(request, found.items, found.count) }, revision: found.revision };
  }

  /** One decision; what it reads at older revisions is read afterwards, for it cannot change. */
  async function apply(act: (application: Application) => Message, grows: boolean): Promise<Message> {
    if (grows) await quota.check();
    let application: Application | undefined;
    let answer: Message = {};
    const { revision } = await storage.decide((state) => {
      application = new Application({ state, isLive: leases.isLive });
      answer = act(application);
      return application.operations;
    });
    for (const { request, fill } of application?.later ?? []) fill((await read(request)).answer);
    return { header: header(revision), ...answer };
  }

  const checkSize = (bytes: number) => {
    if (bytes > requestBytesMax) throw refusals.tooLarge();
  };

  async function checkReadable(operations: readonly RequestOp[]): Promise<void> {
    const revisions = revisionsOf(operations);
    if (revisions.length === 0) return;
    if (Math.max(...revisions) > (await storage.currentRevision())) throw refusals.futureRevision();
    if (Math.min(...revisions) < (await storage.compactedRevision())) throw refusals.compacted();
  }

  return {
    async range(request) {
      checkRange(request);
      const { answer, revision } = await read(request);
      const newest = Number(request.revision) > 0 ? await storage.currentRevision() : revision;
      return { header: header(newest), ...answer };
    },
    async put(request) {
      checkPut(request);
      checkSize(request.key.length + request.value.length);
      return apply((application) => application.put(request), true);
    },
    async deleteRange(request) {
      checkDelete(request);
      return apply((application) => application.deleteRange(request), false);
    },
    async txn(request) {
      checkTxn(request);
      checkSize(sizeOf(request));
      await checkReadable([...request.success, ...request.failure]);
      const { header: outer, ...answer } = await apply((application) => application.txn(request), hasPut(request));
      const { revision } = outer as { readonly revision: number };
      return { header: outer, ...withHeaders(answer, { revision }) };
    },
    async compact({ revision, physical }) {
      const target = Number(revision);
      if (target > (await storage.currentRevision())) throw refusals.futureRevision();
      if (target <= (await storage.compactedRevision())) throw refusals.compacted();
      const done = storage.compact(target);
      if (physical) await done;
      else await Promise.race([done, untilForgotten(storage, clock, target)]);
      done.catch(() => undefined); // Whoever did not ask for the work itself is not told how it went.
      return { header: header(await storage.currentRevision()) };
    },
  };
}

/** Resolves once nothing before the revision can be read, though it may still take its place on the disk. */
async function untilForgotten(storage: EmbeddedStorage, clock: Clock, revision: number): Promise<void> {
  while ((await storage.compactedRevision()) < revision) await clock.sleep(COMPACTION_LOOK_MS);
}

function revisionsOf(operations: readonly RequestOp[]): number[] {
  return operations.flatMap(({ request_range: range, request_txn: inner }) => {
    if (inner) return revisionsOf([...inner.success, ...inner.failure]);
    return range && Number(range.revision) > 0 ? [Number(range.revision)] : [];
  });
}

const operationsOf = ({ success, failure }: TxnRequest): RequestOp[] =>
  [...success, ...failure].flatMap((operation) =>
    operation.request_txn ? operationsOf(operation.request_txn) : [operation],
  );

const hasPut = (request: TxnRequest) => operationsOf(request).some(({ request_put: put }) => put);

const sizeOf = (request: TxnRequest) =>
  operationsOf(request).reduce(
    (bytes, { request_put: put }) => bytes + (put ? put.key.length + put.value.length : 0),
    0,
  );

/** Each answer inside a transaction carries the revision of the whole; that of a transaction inside has none, as etcd's. */
function withHeaders(answer: Message, header: Message): Message {
  const { responses } = answer as { readonly responses?: readonly Message[] };
  if (responses === undefined) return answer;
  return {
    ...answer,
    responses: responses.map((response) =>
      Object.fromEntries(
        Object.entries(response).map(([kind, inner]) => [
          kind,
          { header: kind === 'response_txn' ? {} : header, ...withHeaders(inner as Message, header) },
        ]),
      ),
    ),
  };
}

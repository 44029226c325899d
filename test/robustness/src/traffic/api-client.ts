/**
 * An API server as a keyspace: a PodDisruptionBudget is a key, its resourceVersion the revision, an annotation the value, a label
 * what selectors select by. It is a small object that has a status, and nothing in an API server changes it by itself.
 */
import { ApiError, type PodDisruptionBudget, Resources } from '@steersman/api';
import {
  createClient,
  createHttpTransport,
  type HttpTransportOptions,
  isTransportError,
  type ResourceClient,
} from '@steersman/client';
import type { Change, Expectation, Item, Outcome, Request, WatchEvent, WatchRecord } from '../history.ts';
import type { ClientUnderTest, WatchWish } from './contract.ts';

export const NAMESPACE = 'robustness';
/** Where the store has them. */
export const STORED_UNDER = `/registry/poddisruptionbudgets/${NAMESPACE}/`;
/** Longer than any fault lasts is not needed: an operation without an answer counts as unknown, which is allowed. */
const OPERATION_MS_MAX = 15_000;

const IDENTITY = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' } as const;
type Budgets = ResourceClient<PodDisruptionBudget>;

export function apiClient(server: string, options: HttpTransportOptions): ClientUnderTest {
  const transport = createHttpTransport(options);
  const budgets = createClient(transport).resource(Resources.podDisruptionBudgets);
  return {
    server,
    close: () => transport.close(),
    async perform(request) {
      try {
        return await performed(budgets, request, AbortSignal.timeout(OPERATION_MS_MAX));
      } catch (error) {
        return outcomeOf(error, request);
      }
    },
    watch: (wish, tell, signal) => watched(budgets, wish, tell, signal),
  };
}

export function itemOf({ metadata }: PodDisruptionBudget): Item {
  const { name = '', labels, annotations, resourceVersion, uid } = metadata;
  const revision = Number(resourceVersion);
  const identity = uid === undefined ? {} : { identity: uid };
  return { key: name, value: annotations?.['value'] ?? '', color: labels?.['color'] ?? '', revision, ...identity };
}

/** The same of what a store holds: there a revision is beside the value, not in it. */
export function storedItem(value: Uint8Array, revision: number): Item {
  const object = JSON.parse(Buffer.from(value).toString()) as PodDisruptionBudget;
  return itemOf({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
}

async function performed(budgets: Budgets, request: Request, signal: AbortSignal): Promise<Outcome> {
  if (request.kind === 'read') {
    const { key, atLeast } = request;
    const options = { signal, ...(atLeast !== undefined && { resourceVersion: String(atLeast) }) };
    return { kind: 'found', item: itemOf(await budgets.get({ namespace: NAMESPACE, name: key }, options)) };
  }
  if (request.kind === 'list') return listed(budgets, request, signal);
  if (request.kind === 'purge') {
    await budgets.deleteCollection({ namespace: NAMESPACE, labelSelector: `color=${request.color}`, signal });
    return { kind: 'written' };
  }
  const [change] = request.changes;
  if (change === undefined) return { kind: 'failed', error: 'the API changes one object at a time' };
  return change.kind === 'delete'
    ? deleted(budgets, change.key, request.expect[0], signal)
    : put(budgets, change, request, signal);
}

async function deleted(
  budgets: Budgets,
  name: string,
  expectation: Expectation | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const at = expectation?.revision ?? 'any';
  const preconditions = at === 'any' ? {} : { preconditions: { resourceVersion: String(at) } };
  await budgets.delete({ namespace: NAMESPACE, name }, { ...preconditions, signal });
  return { kind: 'written' };
}

/** Creates, replaces, patches or applies, as the expectation and `via` say. */
async function put(
  budgets: Budgets,
  { key, value, color }: Extract<Change, { kind: 'put' }>,
  { expect: [expectation], via }: Extract<Request, { kind: 'write' }>,
  signal: AbortSignal,
): Promise<Outcome> {
  const named = { namespace: NAMESPACE, name: key };
  const content = { labels: { color }, annotations: { value } };
  if (via === 'apply') {
    const body = { ...IDENTITY, metadata: { ...named, ...content } };
    const options = { fieldManager: 'robustness', signal };
    return revisionOf(await budgets.patch(named, { type: 'apply', body, force: true }, options));
  }
  const at = expectation?.revision ?? 'any';
  if (at === 'any')
    return revisionOf(await budgets.patch(named, { type: 'merge', body: { metadata: content } }, { signal }));
  const object = { spec: {}, metadata: { ...named, ...content, ...(at > 0 && { resourceVersion: String(at) }) } };
  if (at === 0) return revisionOf(await budgets.create(object, { signal }));
  return revisionOf(
    via === 'status' ? await budgets.updateStatus(object, { signal }) : await budgets.update(object, { signal }),
  );
}

const revisionOf = (object: PodDisruptionBudget): Outcome => ({ kind: 'written', revision: itemOf(object).revision });

async function listed(
  budgets: Budgets,
  request: Extract<Request, { kind: 'list' }>,
  signal: AbortSignal,
): Promise<Outcome> {
  const { at, atLeast = 0, color, pageSize } = request;
  const version =
    at === 'cached'
      ? { resourceVersion: String(atLeast) }
      : at === 'newest'
        ? {}
        : { resourceVersion: String(at), resourceVersionMatch: 'Exact' as const };
  const common = { namespace: NAMESPACE, signal, ...(color !== undefined && { labelSelector: `color=${color}` }) };
  const revisions: number[] = [];
  const items: Item[] = [];
  let next: string | undefined;
  do {
    const from = next === undefined ? version : { continue: next };
    const page = await budgets.list({ ...common, ...from, ...(pageSize !== undefined && { limit: pageSize }) });
    revisions.push(Number(page.resourceVersion));
    items.push(...page.items.map(itemOf));
    next = page.continue;
  } while (next !== undefined);
  return { kind: 'listed', revisions, items };
}

/** What an error says about the operation. Only an answer that rules it out is a refusal; silence is not. */
function outcomeOf(error: unknown, request: Request): Outcome {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof ApiError && request.kind !== 'purge') {
    if (error.reason === 'AlreadyExists') return { kind: 'refused', reason: 'exists' };
    if (error.reason === 'Conflict') return { kind: 'refused', reason: 'conflict' };
    if (error.reason === 'NotFound') return { kind: 'refused', reason: 'absent' };
    if (error.reason === 'Expired' || error.reason === 'Gone') return { kind: 'refused', reason: 'expired' };
    if (isFuture(error)) return { kind: 'refused', reason: 'future' };
    if (error.code < 500) return { kind: 'failed', error: text };
  }
  const writes = request.kind === 'write' || request.kind === 'purge';
  if (!writes || (isTransportError(error) && error.retryable)) return { kind: 'failed', error: text };
  return { kind: 'unknown', error: text };
}

const isFuture = ({ status }: ApiError) =>
  status.details?.causes?.some(({ reason }) => reason === 'ResourceVersionTooLarge') === true;

async function watched(
  budgets: Budgets,
  { after, color }: WatchWish,
  tell: (events: readonly WatchEvent[]) => void,
  signal: AbortSignal,
): Promise<WatchRecord['end']> {
  const from =
    after === 'state'
      ? ({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } as const)
      : { resourceVersion: String(after) };
  const selector = color === undefined ? {} : { labelSelector: `color=${color}` };
  try {
    const events = budgets.watch({ namespace: NAMESPACE, allowWatchBookmarks: true, ...from, ...selector, signal });
    for await (const event of events) {
      if (event.type === 'BOOKMARK') {
        const initial = event.initialEventsEnd ? { initial: true as const } : {};
        tell([{ kind: 'progress', revision: Number(event.resourceVersion), ...initial }]);
      } else {
        const kind = event.type.toLowerCase() as 'added' | 'modified' | 'deleted';
        tell([{ kind, item: itemOf(event.object) }]);
      }
    }
    return signal.aborted ? 'client' : 'server';
  } catch (error) {
    if (signal.aborted) return 'client';
    if (!(error instanceof ApiError)) return 'broken';
    if (error.code === 410) return 'expired';
    return isFuture(error) ? 'future' : 'broken';
  }
}

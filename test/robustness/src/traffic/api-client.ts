/** An API server as a keyspace: a ConfigMap is a key, its resourceVersion the revision, a label what selectors select by. */
import { ApiError, type ConfigMap, Resources } from '@steersman/api';
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
/** Longer than any fault lasts is not needed: an operation without an answer counts as unknown, which is allowed. */
const OPERATION_MS_MAX = 15_000;

type ConfigMaps = ResourceClient<ConfigMap>;

export function apiClient(server: string, options: HttpTransportOptions): ClientUnderTest {
  const transport = createHttpTransport(options);
  const configMaps = createClient(transport).resource(Resources.configMaps);
  return {
    server,
    close: () => transport.close(),
    async perform(request) {
      try {
        return await performed(configMaps, request, AbortSignal.timeout(OPERATION_MS_MAX));
      } catch (error) {
        return outcomeOf(error, request);
      }
    },
    watch: (wish, tell, signal) => watched(configMaps, wish, tell, signal),
  };
}

export function itemOf({ metadata, data }: ConfigMap): Item {
  const { name = '', labels, resourceVersion } = metadata;
  return { key: name, value: data?.['value'] ?? '', color: labels?.['color'] ?? '', revision: Number(resourceVersion) };
}

/** The same of what a store holds: there a revision is beside the value, not in it. */
export function storedItem(value: Uint8Array, revision: number): Item {
  const object = JSON.parse(Buffer.from(value).toString()) as ConfigMap;
  return itemOf({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
}

async function performed(configMaps: ConfigMaps, request: Request, signal: AbortSignal): Promise<Outcome> {
  if (request.kind === 'read') {
    return {
      kind: 'found',
      item: itemOf(await configMaps.get({ namespace: NAMESPACE, name: request.key }, { signal })),
    };
  }
  if (request.kind === 'list') return listed(configMaps, request, signal);
  const [change] = request.changes;
  if (change === undefined) return { kind: 'failed', error: 'the API changes one object at a time' };
  return written(configMaps, change, request.expect[0], signal);
}

async function written(
  configMaps: ConfigMaps,
  change: Change,
  expectation: Expectation | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const key = { namespace: NAMESPACE, name: change.key };
  const at = expectation?.revision ?? 'any';
  if (change.kind === 'delete') {
    await configMaps.delete(key, { ...(at !== 'any' && { preconditions: { resourceVersion: String(at) } }), signal });
    return { kind: 'written' };
  }
  const content = { data: { value: change.value }, metadata: { labels: { color: change.color } } };
  if (at === 'any') return revisionOf(await configMaps.patch(key, { type: 'merge', body: content }, { signal }));
  const metadata = { ...key, ...content.metadata };
  if (at === 0) return revisionOf(await configMaps.create({ ...content, metadata }, { signal }));
  return revisionOf(
    await configMaps.update({ ...content, metadata: { ...metadata, resourceVersion: String(at) } }, { signal }),
  );
}

const revisionOf = (object: ConfigMap): Outcome => ({ kind: 'written', revision: itemOf(object).revision });

async function listed(
  configMaps: ConfigMaps,
  request: Extract<Request, { kind: 'list' }>,
  signal: AbortSignal,
): Promise<Outcome> {
  const { at, color, pageSize } = request;
  const version =
    at === 'cached'
      ? { resourceVersion: '0' }
      : at === 'newest'
        ? {}
        : { resourceVersion: String(at), resourceVersionMatch: 'Exact' as const };
  const common = { namespace: NAMESPACE, signal, ...(color !== undefined && { labelSelector: `color=${color}` }) };
  const revisions: number[] = [];
  const items: Item[] = [];
  let next: string | undefined;
  do {
    const from = next === undefined ? version : { continue: next };
    const page = await configMaps.list({ ...common, ...from, ...(pageSize !== undefined && { limit: pageSize }) });
    revisions.push(Number(page.resourceVersion));
    items.push(...page.items.map(itemOf));
    next = page.continue;
  } while (next !== undefined);
  return { kind: 'listed', revisions, items };
}

/** What an error says about the operation. Only an answer that rules it out is a refusal; silence is not. */
function outcomeOf(error: unknown, request: Request): Outcome {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof ApiError) {
    if (error.reason === 'AlreadyExists') return { kind: 'refused', reason: 'exists' };
    if (error.reason === 'Conflict') return { kind: 'refused', reason: 'conflict' };
    if (error.reason === 'NotFound') return { kind: 'refused', reason: 'absent' };
    if (error.reason === 'Expired' || error.reason === 'Gone') return { kind: 'refused', reason: 'expired' };
    if (isFuture(error)) return { kind: 'refused', reason: 'future' };
    if (error.code < 500) return { kind: 'failed', error: text };
  }
  if (request.kind !== 'write' || (isTransportError(error) && error.retryable)) return { kind: 'failed', error: text };
  return { kind: 'unknown', error: text };
}

const isFuture = ({ status }: ApiError) =>
  status.details?.causes?.some(({ reason }) => reason === 'ResourceVersionTooLarge') === true;

async function watched(
  configMaps: ConfigMaps,
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
    const events = configMaps.watch({ namespace: NAMESPACE, allowWatchBookmarks: true, ...from, ...selector, signal });
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

/** A bare store that speaks etcd's protocol: its transactions change several keys in one revision, which the API cannot. */
import { realClock, silentLogger } from '@steersman/machinery';
import {
  type EventBatch,
  isStorageError,
  type KeyValue,
  openEtcdStorage,
  prefixEnd,
  type Storage,
  type StorageEvent,
} from '@steersman/storage';
import type { Item, Outcome, Request, WatchEvent, WatchRecord } from '../history.ts';
import type { ClientUnderTest, WatchWish } from './contract.ts';

const PREFIX = '/robustness/';
export const STORE_RANGE = { start: PREFIX, end: prefixEnd(PREFIX) };
/** Of one write. */
const KEYS_MAX = 4;

/** Connects at the first use, and stays connected over restarts of the server. */
export function storeClient(server: string, endpoint: string): ClientUnderTest {
  let opening: Promise<Storage> | undefined;
  const open = () => {
    opening ??= openEtcdStorage({ endpoints: [endpoint], clock: realClock(), log: silentLogger }).catch(
      (error: unknown) => {
        opening = undefined;
        throw error;
      },
    );
    return opening;
  };
  return {
    server,
    keysPerWriteMax: KEYS_MAX,
    async perform(request) {
      try {
        return await performed(await open(), request);
      } catch (error) {
        return outcomeOf(error, request, opening !== undefined);
      }
    },
    async watch(wish, tell, signal) {
      try {
        return await watched(await open(), wish, tell, signal);
      } catch (error) {
        if (isStorageError(error, 'compacted')) return 'expired';
        return isStorageError(error, 'future-revision') ? 'future' : 'broken';
      }
    },
    close: async () => void (await opening?.then((storage) => storage.close()).catch(() => undefined)),
  };
}

interface Content {
  readonly value: string;
  readonly color: string;
}

export function storeItem({ key, value, modRevision, createRevision }: KeyValue): Item {
  const content = JSON.parse(Buffer.from(value).toString()) as Content;
  return { key: key.slice(PREFIX.length), ...content, revision: modRevision, identity: String(createRevision) };
}

async function performed(storage: Storage, request: Request): Promise<Outcome> {
  if (request.kind === 'list') return listed(storage, request);
  if (request.kind === 'read') {
    const { item } = await storage.get(PREFIX + request.key);
    return item === undefined ? { kind: 'refused', reason: 'absent' } : { kind: 'found', item: storeItem(item) };
  }
  if (request.kind === 'purge') return { kind: 'failed', error: 'a store deletes by name' };
  const when = request.expect.map(({ key, revision }) => ({
    key: PREFIX + key,
    target: 'modRevision' as const,
    equals: Number(revision),
  }));
  const write = request.changes.map((change) =>
    change.kind === 'delete'
      ? ({ kind: 'delete', key: PREFIX + change.key } as const)
      : ({
          kind: 'put',
          key: PREFIX + change.key,
          value: Buffer.from(JSON.stringify({ value: change.value, color: change.color } satisfies Content)),
          ...(change.ttlSeconds !== undefined && { ttlSeconds: change.ttlSeconds }),
        } as const),
  );
  const result = await storage.transact({ when, write });
  return result.succeeded ? { kind: 'written', revision: result.revision } : { kind: 'refused', reason: 'conflict' };
}

async function listed(storage: Storage, { at, color, pageSize }: Extract<Request, { kind: 'list' }>): Promise<Outcome> {
  const revisions: number[] = [];
  const items: Item[] = [];
  let wanted = typeof at === 'number' ? at : undefined;
  let start = STORE_RANGE.start;
  for (;;) {
    const page = await storage.range({
      ...STORE_RANGE,
      start,
      ...(wanted !== undefined && { revision: wanted }),
      ...(pageSize !== undefined && { limit: pageSize }),
    });
    wanted = page.revision;
    revisions.push(page.revision);
    items.push(...page.items.map(storeItem).filter((item) => color === undefined || item.color === color));
    const last = page.items.at(-1);
    if (!page.more || last === undefined) return { kind: 'listed', revisions, items };
    start = `${last.key}\0`;
  }
}

function outcomeOf(error: unknown, request: Request, connected: boolean): Outcome {
  if (isStorageError(error, 'compacted')) return { kind: 'refused', reason: 'expired' };
  if (isStorageError(error, 'future-revision')) return { kind: 'refused', reason: 'future' };
  return { kind: request.kind === 'write' && connected ? 'unknown' : 'failed', error: String(error) };
}

async function watched(
  storage: Storage,
  { after, color }: WatchWish,
  tell: (events: readonly WatchEvent[]) => void,
  signal: AbortSignal,
): Promise<WatchRecord['end']> {
  const matches = (item: Item | undefined) => item !== undefined && (color === undefined || item.color === color);
  let from = after;
  if (from === 'state') {
    const { items, revision } = await storage.range(STORE_RANGE);
    const state = items.map(storeItem).filter(matches);
    tell([...state.map((item) => ({ kind: 'added', item }) as const), { kind: 'progress', revision, initial: true }]);
    from = revision;
  }
  const watch = storage.watch({ ...STORE_RANGE, afterRevision: from }, (batch) => {
    const events = eventsOf(batch, matches);
    if (events.length > 0) tell(events);
  });
  signal.addEventListener('abort', () => watch.close(), { once: true });
  if (signal.aborted) watch.close();
  await watch.done;
  return 'client';
}

function eventsOf({ events, revision }: EventBatch, matches: (item: Item | undefined) => boolean): WatchEvent[] {
  if (events.length === 0) return [{ kind: 'progress', revision }];
  return events.map((event) => eventOf(event, matches)).filter((event) => event !== undefined);
}

/** What happened as seen through a selector. */
function eventOf(event: StorageEvent, matches: (item: Item | undefined) => boolean): WatchEvent | undefined {
  const before = event.previous === undefined ? undefined : storeItem(event.previous);
  const now = event.kind === 'put' ? storeItem(event.current) : undefined;
  const revision = event.kind === 'put' ? event.current.modRevision : event.revision;
  const [was, is] = [matches(before), matches(now)];
  const previous = before === undefined ? {} : { previous: before };
  if (is) return { kind: was ? 'modified' : 'added', item: now!, ...previous };
  return was ? { kind: 'deleted', item: { ...before!, revision }, ...previous } : undefined;
}

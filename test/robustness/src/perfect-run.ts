/** A history of a store that does everything right, for the tests of the checkers: each plants one lie in it. */
import type { Random } from '@steersman/machinery';
import type {
  Change,
  HistoryRecord,
  Item,
  OperationRecord,
  Outcome,
  Request,
  WatchEvent,
  WatchRecord,
} from './history.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const COLORS = ['red', 'blue'];
const STEPS = 400;
const MICROSECONDS_PER_STEP = 10;

interface PerfectStore {
  revision: number;
  readonly items: Map<string, Item>;
  readonly past: ReadonlyMap<string, Item>[];
}

interface Watching {
  readonly from: number | 'state';
  readonly color: string | undefined;
  readonly openedAt: number;
  readonly batches: { at: number; events: WatchEvent[] }[];
}

/** The same random gives the same history. */
export function perfectRun(random: Random): HistoryRecord[] {
  const store: PerfectStore = { revision: 1, items: new Map(), past: [new Map(), new Map()] };
  const watching: Watching[] = [
    { from: 1, color: undefined, openedAt: 0, batches: [] },
    {
      from: 'state',
      color: undefined,
      openedAt: 0,
      batches: [{ at: 1, events: [{ kind: 'progress', revision: 1, initial: true }] }],
    },
    { from: 1, color: 'red', openedAt: 0, batches: [] },
  ];
  const records: HistoryRecord[] = [];
  for (let step = 1; step <= STEPS; step += 1) {
    const invokedAt = step * MICROSECONDS_PER_STEP;
    const request = requestOf(random, store, step);
    const outcome = perform(store, request, watching, invokedAt + 4);
    records.push(operation(request, outcome, invokedAt));
    if (step % 20 === 0)
      for (const { batches } of watching)
        batches.push({ at: invokedAt + 5, events: [{ kind: 'progress', revision: store.revision }] });
  }
  return [...records, ...watching.map(closed), ...endOf(store)];
}

function operation(request: Request, outcome: Outcome, invokedAt: number): OperationRecord {
  return {
    record: 'operation',
    server: 'one',
    invokedAt,
    returnedAt: invokedAt + MICROSECONDS_PER_STEP - 1,
    request,
    outcome,
  };
}

function requestOf(random: Random, { items, revision }: PerfectStore, step: number): Request {
  const pick = (from: readonly string[]) => from[random.integer(from.length)]!;
  const key = pick(KEYS);
  const put = (of: string): Change => ({ kind: 'put', key: of, value: `w${step}-${of}`, color: pick(COLORS) });
  const known = items.get(key)?.revision ?? 0;
  switch (random.integer(9)) {
    case 0:
      return { kind: 'read', key };
    case 1:
      return { kind: 'list', at: 'newest' };
    case 2:
      return { kind: 'list', at: random.integer(revision) + 1, color: 'red' };
    case 3:
      return { kind: 'list', at: 'newest', pageSize: 2 };
    case 4:
      return {
        kind: 'write',
        expect: [{ key, revision: known }],
        changes: [known === 0 ? put(key) : { kind: 'delete', key }],
      };
    case 5:
      return { kind: 'write', expect: [{ key, revision: 0 }], changes: [put(key)] };
    case 6:
      return random.integer(3) === 0 ? { kind: 'purge', color: pick(COLORS) } : { kind: 'read', key };
    case 7:
      return { kind: 'write', expect: [], changes: KEYS.slice(0, 2).map(put) };
    default:
      return { kind: 'write', expect: [{ key, revision: known }], changes: [put(key)] };
  }
}

function perform(store: PerfectStore, request: Request, watching: readonly Watching[], at: number): Outcome {
  if (request.kind === 'purge') return purged(store, request.color, watching, at);
  if (request.kind === 'read') {
    const item = store.items.get(request.key);
    return item === undefined ? { kind: 'refused', reason: 'absent' } : { kind: 'found', item };
  }
  if (request.kind === 'list') {
    const revision = typeof request.at === 'number' ? request.at : store.revision;
    const items = [...store.past[revision]!.values()].filter(
      ({ color }) => request.color === undefined || color === request.color,
    );
    const pages = request.pageSize === undefined ? 1 : Math.max(1, Math.ceil(items.length / request.pageSize));
    return { kind: 'listed', revisions: Array.from({ length: pages }, () => revision), items };
  }
  for (const { key, revision } of request.expect) {
    const is = store.items.get(key)?.revision ?? 0;
    if (is !== revision) return { kind: 'refused', reason: revision === 0 ? 'exists' : 'conflict' };
  }
  commit(store, request.changes, watching, at);
  // As through the API: what deletes is not told its revision.
  const silent = request.changes.length === 1 && request.changes[0]!.kind === 'delete';
  return { kind: 'written', ...(!silent && { revision: store.revision }) };
}

function commit(store: PerfectStore, changes: readonly Change[], watching: readonly Watching[], at: number): void {
  store.revision += 1;
  const events = changes.map((change) => changed(store, change));
  store.past[store.revision] = new Map(store.items);
  for (const { batches, color } of watching) {
    const told = events.map((event) => selected(event, color)).filter((event) => event !== undefined);
    if (told.length > 0) batches.push({ at, events: told });
  }
}

function purged(store: PerfectStore, color: string, watching: readonly Watching[], at: number): Outcome {
  for (const item of [...store.items.values()])
    if (item.color === color) commit(store, [{ key: item.key, kind: 'delete' }], watching, at);
  return { kind: 'written' };
}

interface Changed {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly revision: number;
}

function changed({ items, revision }: PerfectStore, change: Change): Changed {
  const before = items.get(change.key);
  if (change.kind === 'delete') {
    items.delete(change.key);
    return { before, after: undefined, revision };
  }
  const identity = before?.identity ?? `${change.key}-${revision}`;
  const after = { key: change.key, value: change.value, color: change.color, revision, identity };
  items.set(change.key, after);
  return { before, after, revision };
}

function selected({ before, after, revision }: Changed, color: string | undefined): WatchEvent | undefined {
  const matches = (item: Item | undefined) => item !== undefined && (color === undefined || item.color === color);
  const previous = before === undefined ? {} : { previous: before };
  if (matches(after)) return { kind: matches(before) ? 'modified' : 'added', item: after!, ...previous };
  return matches(before) ? { kind: 'deleted', item: { ...before!, revision }, ...previous } : undefined;
}

function closed({ from, color, openedAt, batches }: Watching): WatchRecord {
  const closedAt = (STEPS + 1) * MICROSECONDS_PER_STEP;
  return {
    record: 'watch',
    server: 'one',
    openedAt,
    closedAt,
    after: from,
    ...(color !== undefined && { color }),
    batches,
    end: 'client',
  };
}

function endOf({ revision, items }: PerfectStore): HistoryRecord[] {
  const held = [...items.values()];
  return [
    { record: 'final', source: 'one', via: 'store', revision, items: held },
    { record: 'final', source: 'two', via: 'store', revision, items: held },
    { record: 'final', source: 'one', via: 'cache', revision, items: held },
    { record: 'hash', source: 'one', revision, hash: 'same' },
    { record: 'hash', source: 'two', revision, hash: 'same' },
    {
      record: 'checkpoint',
      from: STEPS * MICROSECONDS_PER_STEP,
      at: STEPS * MICROSECONDS_PER_STEP + 1,
      revision,
      colors: {},
      followers: [{ server: 'one', reached: revision }],
      silent: [],
    },
  ];
}

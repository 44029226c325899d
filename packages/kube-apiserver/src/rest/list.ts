import { errors } from '@steersman/api';
import { isStorageError, prefixEnd } from '@steersman/storage';
import type { CacheEntry } from '../cache/entry.ts';
import { type Selection, selects, selectsAll } from '../cache/selection.ts';
import type { Outcome } from '../pipeline/exchange.ts';
import { storedOf } from '../registry/engine.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { encodeContinue } from './continue-token.ts';
import { untilFresh } from './get.ts';
import { type ListOptions, listOptionsOf, revisionOf } from './list-options.ts';
import type { ResourceRequest, RestContext } from './rest-context.ts';
import { sendList } from './send-list.ts';
import { stretches } from './send-pieces.ts';

/** Entries of one page, and what its metadata says. */
export interface Page {
  readonly entries: readonly CacheEntry[];
  readonly revision: number;
  readonly continueToken: string;
  readonly remaining: number | undefined;
}
/** Entries compared with a selector in one stretch: some 3 ms. */
const SCANNED_AT_ONCE_MAX = 20_000;
const PAGE_FROM_STORE_MAX = 5000; // Keys read from the store at once while a selector skips some of them.

export function listObjects(rest: RestContext, request: ResourceRequest): Outcome | Promise<Outcome> {
  const { resource, namespace, exchange } = request;
  const options = withLimitOf(resource, listOptionsOf(exchange.request.query, resource, namespace, '', false));
  const exact = exactRevision(options);
  if (exact !== undefined) return listAt(rest, request, options, exact);
  const waiting = untilFresh(rest, options.continueFrom === undefined ? options.resourceVersion : '0');
  if (waiting === undefined) return sendNewest(rest, request, options);
  return waiting.then(() => sendNewest(rest, request, options));
}

function sendNewest(rest: RestContext, request: ResourceRequest, options: ListOptions): Outcome | Promise<Outcome> {
  const { cache } = storedOf(request.resource);
  if (selectsAll(options.selection) || cache.candidateCount(options.selection) <= SCANNED_AT_ONCE_MAX)
    return sendList(rest, request, pageOf(rest, request, options));
  return pageInTurns(rest, request, options).then((page) => sendList(rest, request, page));
}

/**
 * Upstream's watch cache gives everything to whoever takes any revision, whatever the limit; events, of which it keeps no cache, come
 * in pages.
 */
function withLimitOf({ info }: ServedResource, options: ListOptions): ListOptions {
  if (options.limit === 0 || options.resourceVersion !== '0' || options.continueFrom !== undefined) return options;
  return info.plural === 'events' ? options : { ...options, limit: 0 };
}

/** Set when the list must show one past state. */
function exactRevision({ continueFrom, match, resourceVersion, limit }: ListOptions): number | undefined {
  if (continueFrom !== undefined) return continueFrom.revision < 0 ? undefined : continueFrom.revision;
  // A page at a revision has always meant that very revision, also before there was `resourceVersionMatch`.
  return match === 'Exact' || (match === '' && limit > 0) ? revisionOf(resourceVersion, true) : undefined;
}

async function listAt(
  rest: RestContext,
  request: ResourceRequest,
  options: ListOptions,
  revision: number,
): Promise<Outcome> {
  const { cache } = storedOf(request.resource);
  // Nothing of this resource has changed since: the cache shows that very state.
  const current = () => cache.changedAt <= revision && rest.hub.revision >= revision;
  // Clients expect old tokens to expire nevertheless. Asked again afterwards: meanwhile somebody may have written.
  if (current() && revision >= (await compactedRevision(rest)) && current())
    return sendList(rest, request, pageOf(rest, request, options, revision));
  return sendList(rest, request, await pageAt(rest, request, options, revision));
}

/** A page of the newest state. */
export function pageOf(
  rest: RestContext,
  request: ResourceRequest,
  options: ListOptions,
  revision = rest.hub.revision,
): Page {
  const steps = pageSteps(request, options, revision);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same while others get their turns, for as many entries as a large cluster has. The entries are those of now. */
async function pageInTurns(rest: RestContext, request: ResourceRequest, options: ListOptions): Promise<Page> {
  const steps = pageSteps(request, options, rest.hub.revision);
  const breath = stretches(rest);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    const waiting = breath(0);
    if (waiting !== undefined) await waiting;
  }
}

/** Takes a breath after each run of entries. What is looked through was taken at the first step. */
function* pageSteps({ resource }: ResourceRequest, options: ListOptions, revision: number): Generator<void, Page> {
  const { cache } = storedOf(resource);
  const { selection, limit, continueFrom } = options;
  if (selection.name !== undefined && selection.namespace !== undefined)
    return single(cache.get(selection.namespace, selection.name), selection, revision);
  const all = selectsAll(selection);
  const runs = cache.candidates(selection);
  const entries: CacheEntry[] = [];
  const start = continueFrom === undefined ? undefined : cache.prefix + continueFrom.start;
  for (const run of runs) {
    for (let index = startIn(run, start); index < run.length; index++) {
      const entry = run[index]!;
      cache.listWork.scanned += 1;
      if (!all && !selects(selection, entry)) continue;
      if (limit > 0 && entries.length === limit) {
        const last = entries[limit - 1]!;
        const token = encodeContinue({ revision, start: `${last.key.slice(cache.prefix.length)}\0` });
        const remaining = all ? countFrom(runs, start) - limit : undefined;
        return { entries, revision, continueToken: token, remaining };
      }
      entries.push(entry);
    }
    yield;
  }
  return { entries, revision, continueToken: '', remaining: undefined };
}

function single(entry: CacheEntry | undefined, selection: Selection, revision: number): Page {
  return {
    entries: entry !== undefined && selects(selection, entry) ? [entry] : [],
    revision,
    continueToken: '',
    remaining: undefined,
  };
}

/** The first index of a run at or after a start key; runs are sorted, and so are keys across runs. */
function startIn(run: readonly CacheEntry[], start: string | undefined): number {
  if (start === undefined || run.length === 0) return 0;
  // Of the many runs of a large list, the start lies within one.
  if (run[0]!.key >= start) return 0;
  if (run[run.length - 1]!.key < start) return run.length;
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (run[middle]!.key < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countFrom(runs: readonly (readonly CacheEntry[])[], start: string | undefined): number {
  return runs.reduce((sum, run) => sum + run.length - startIn(run, start), 0);
}

/** A page of a past state, read from the store. */
async function pageAt(
  rest: RestContext,
  { resource }: ResourceRequest,
  options: ListOptions,
  revision: number,
): Promise<Page> {
  const { cache } = storedOf(resource);
  const { selection, limit, continueFrom } = options;
  const scope =
    cache.namespaced && selection.namespace !== undefined ? `${cache.prefix}${selection.namespace}/` : cache.prefix;
  const end = prefixEnd(scope);
  const entries: CacheEntry[] = [];
  let start = continueFrom === undefined ? scope : cache.prefix + continueFrom.start;
  for (;;) {
    const batch = limit > 0 ? Math.min(PAGE_FROM_STORE_MAX, limit - entries.length) : PAGE_FROM_STORE_MAX;
    const result = await readRange(
      rest,
      { start, end, revision, limit: batch },
      continueFrom !== undefined,
      cache.prefix.length,
    );
    for (const item of result.items) {
      const entry = cache.detached(item);
      cache.listWork.scanned += 1;
      if (selects(selection, entry)) entries.push(entry);
    }
    const last = result.items.at(-1);
    if (!result.more || last === undefined) return { entries, revision, continueToken: '', remaining: undefined };
    start = `${last.key}\0`;
    if (limit > 0 && entries.length >= limit) {
      const remaining = selectsAll(selection) ? result.count - result.items.length : undefined;
      return {
        entries,
        revision,
        continueToken: encodeContinue({ revision, start: start.slice(cache.prefix.length) }),
        remaining,
      };
    }
  }
}

const compactedRevision = ({ storage }: RestContext): Promise<number> =>
  storage.compactedRevision().catch((error: unknown) => {
    throw withoutAnswer(error);
  });

/** A store that does not answer is no error of ours: the client may ask again, or another server. */
const withoutAnswer = (error: unknown): unknown =>
  isStorageError(error, 'unavailable')
    ? errors.serviceUnavailable(`the store cannot be read: ${error.message}`)
    : error;

async function readRange(
  rest: RestContext,
  range: { start: string; end: string; revision: number; limit: number },
  continued: boolean,
  prefixLength: number,
) {
  try {
    return await rest.storage.range(range);
  } catch (error) {
    if (isStorageError(error, 'compacted'))
      throw continued
        ? continueExpired(range.start.slice(prefixLength))
        : errors.expired('The resourceVersion for the provided list is too old.');
    if (isStorageError(error, 'future-revision'))
      throw errors.resourceVersionTooLarge(String(range.revision), String(rest.hub.revision));
    throw withoutAnswer(error);
  }
}

/** Upstream's way out for a client whose snapshot has been compacted: go on, inconsistently, at the newest state. */
function continueExpired(start: string): Error {
  const error = errors.expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  Object.assign(error.status, { metadata: { continue: encodeContinue({ revision: -1, start }) } });
  return error;
}

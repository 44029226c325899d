/**
 * Whether the watch cache is what the store holds (KEP-4988): a sum over the keys and versions of each resource, made of both at
 * one revision. Neither is read twice for it, and values are not read at all.
 */
import type { Effects } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';
import type { CacheHub } from './cache-hub.ts';
import type { ResourceCache } from './resource-cache.ts';

const CHECK_MS = 300_000; // As upstream.
const KEYS_AT_ONCE = 1000; // What is summed in one turn of the event loop, well below the 10 ms that it may take.

export type CheckState = 'success' | 'failure' | 'error';

/** Order does not matter: each is a number of 32 bits that is added up. */
export interface Sum {
  readonly keys: number;
  readonly sum: number;
}
export interface CheckResult {
  readonly prefix: string;
  readonly state: CheckState;
  /** Of the cache and of the store, unless the store could not be read. */
  readonly sums?: readonly [cached: Sum, stored: Sum];
}

export interface ConsistencyOptions {
  readonly hub: CacheHub;
  readonly storage: Storage;
  readonly effects: Effects;
  /** The group and plural of a cache, for the metric. */
  readonly nameOf: (prefix: string) => { readonly group: string; readonly resource: string };
  readonly signal: AbortSignal;
}

/** Compares every few minutes until the signal aborts, and reads the caches again where they differ. */
export async function keepChecking(options: ConsistencyOptions): Promise<void> {
  const { hub, effects, nameOf, signal } = options;
  const { clock, log, metrics } = effects;
  const checks = metrics.counter(
    'apiserver_storage_consistency_checks_total',
    'Comparisons of the watch cache with the store.',
    ['group', 'resource', 'status'],
  );
  let explained = '';
  for (;;) {
    await clock.sleep(CHECK_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    const results = await compare(options);
    for (const { prefix, state } of results) checks.add(1, { ...nameOf(prefix), status: state });
    const different = results.filter(({ state }) => state === 'failure');
    const description = JSON.stringify(different);
    // What reading again did not mend, such as a value that nobody can decode, it will not mend the next time either.
    if (different.length === 0 || description === explained) continue;
    explained = description;
    log.error('The watch cache differs from the store; all of it is read again', {
      prefixes: different.map(({ prefix }) => prefix).join(', '),
    });
    hub.readAgain();
  }
}

/** One comparison of all caches, at the revision that they have now. */
export async function compare({
  hub,
  storage,
  effects,
  signal,
}: Omit<ConsistencyOptions, 'nameOf'>): Promise<readonly CheckResult[]> {
  const { revision } = hub;
  // In one turn, so that all are of this revision.
  const snapshots = [...hub.caches()].map((cache) => ({ cache, runs: cache.snapshot(undefined) }));
  const results: CheckResult[] = [];
  for (const { cache, runs } of snapshots) {
    if (signal.aborted) break;
    try {
      const stored = await sumOfStored(storage, cache, revision);
      const cached = await sumOfCached(runs, () => effects.clock.sleep(1, signal));
      const same = cached.keys === stored.keys && cached.sum === stored.sum;
      results.push({ prefix: cache.prefix, state: same ? 'success' : 'failure', sums: [cached, stored] });
    } catch (error) {
      effects.log.debug('A comparison of the watch cache was not possible', { error: String(error) });
      results.push({ prefix: cache.prefix, state: 'error' });
    }
  }
  return results;
}

async function sumOfCached(runs: ReturnType<ResourceCache['snapshot']>, pause: () => Promise<void>): Promise<Sum> {
  let [keys, sum] = [0, 0];
  for (const run of runs) {
    for (const { key, revision } of run) {
      keys += 1;
      sum = (sum + mixed(key, revision)) >>> 0;
      if (keys % KEYS_AT_ONCE === 0) await pause();
    }
  }
  return { keys, sum };
}

async function sumOfStored(storage: Storage, { prefix }: ResourceCache, revision: number): Promise<Sum> {
  let [keys, sum] = [0, 0];
  let start = prefix;
  for (;;) {
    const end = `${prefix.slice(0, -1)}0`; // The character behind the slash.
    const page = await storage.range({ start, end, revision, limit: KEYS_AT_ONCE, keysOnly: true, uncounted: true });
    for (const { key, modRevision } of page.items) {
      keys += 1;
      sum = (sum + mixed(key, modRevision)) >>> 0;
    }
    const last = page.items.at(-1);
    if (!page.more || last === undefined) return { keys, sum };
    start = `${last.key}\0`;
  }
}

/** FNV-1a over the key and the digits of the revision. */
function mixed(key: string, revision: number): number {
  const text = `${key}/${revision}`;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/**
 * The world as all witnesses together tell it: which revision changed which key to what. Writers tell what was acknowledged,
 * readers and watchers what they saw; a write whose outcome its client never learnt is in the world once somebody saw it.
 */
import type { Attempts } from './attempts.ts';
import type { Change, History, Item, WatchRecord } from './history.ts';
import { partitionPoint } from './partition-point.ts';

/** One key at one revision; `item` is absent when the revision deleted the key. */
export interface Version {
  readonly key: string;
  readonly revision: number;
  readonly item?: Item;
}

/** Two witnesses who cannot both be right. */
export interface Contradiction {
  readonly revision: number;
  readonly key: string;
  readonly one: string;
  readonly other: string;
}

export interface World {
  readonly contradictions: readonly Contradiction[];
  /** Every known change, by revision. A revision has several when a transaction changed several keys. */
  readonly changes: readonly Version[];
  /** The versions of a key, oldest first. */
  versions(key: string): readonly Version[];
  /** What a key was at a revision; undefined: nobody had written it yet. */
  at(key: string, revision: number): Version | undefined;
  /** The first version of a key behind a revision. */
  next(key: string, revision: number): Version | undefined;
  /** The versions of a key behind `from` up to `to`, oldest first. */
  between(key: string, from: number, to: number): readonly Version[];
  /** All changes behind `from` up to `to`, by revision. */
  changesBetween(from: number, to: number): readonly Version[];
  /** The keys that exist at a revision, sorted. */
  state(revision: number): readonly Item[];
  keys(): Iterable<string>;
  /**
   * Whether somebody watched everything behind `from` up to `to`. Only then is it known which deletions happened between,
   * because the API does not say at which revision a deletion happened.
   */
  covered(from: number, to: number): boolean;
  /**
   * Whether nothing can have happened unseen to a key between its version as of `revision` and `until`: somebody watched, or
   * nobody asked for anything of which the answer does not tell.
   */
  certain(key: string, revision: number, until?: number): boolean;
}

export function worldOf(history: History, attempts: Attempts): World {
  const collector = new Collector(attempts);
  for (const { request, outcome } of history.operations) {
    if (outcome.kind === 'found') collector.see({ ...outcome.item, item: outcome.item });
    if (outcome.kind === 'listed') for (const item of outcome.items) collector.see({ ...item, item });
    if (request.kind === 'write' && outcome.kind === 'written' && outcome.revision !== undefined) {
      for (const change of request.changes) collector.see(versionBy(change, outcome.revision));
    }
  }
  for (const watch of history.watches) collector.seeWatch(watch);
  for (const { items } of history.finals) for (const item of items) collector.see({ ...item, item });
  return collector.world();
}

function versionBy(change: Change, revision: number): Version {
  if (change.kind === 'delete') return { key: change.key, revision };
  return { key: change.key, revision, item: { key: change.key, value: change.value, color: change.color, revision } };
}

class Collector {
  readonly #versions = new Map<string, Map<number, Version>>();
  readonly #contradictions: Contradiction[] = [];
  readonly #covered: [number, number][] = [];
  readonly #attempts: Attempts;

  constructor(attempts: Attempts) {
    this.#attempts = attempts;
  }

  see({ key, revision, item }: Version): void {
    let ofKey = this.#versions.get(key);
    if (ofKey === undefined) {
      ofKey = new Map();
      this.#versions.set(key, ofKey);
    }
    const known = ofKey.get(revision);
    const version = { key, revision, ...(item !== undefined && { item }) };
    // Who wrote it is not told what it is, only what it became.
    if (
      known === undefined ||
      (known.item !== undefined && known.item.identity === undefined && isSame(known, version))
    )
      ofKey.set(revision, version);
    else if (!isSame(known, version))
      this.#contradictions.push({ revision, key, one: shown(known), other: shown(version) });
  }

  seeWatch(watch: WatchRecord): void {
    let last = watch.after === 'state' ? undefined : watch.after;
    let first = last;
    for (const event of watch.batches.flatMap(({ events }) => events)) {
      if (event.kind === 'progress') {
        if (event.initial) first = event.revision;
        last = Math.max(last ?? 0, event.revision);
        continue;
      }
      const { item } = event;
      // For a watcher with a selector "deleted" may mean that the object left the selection.
      if (event.kind !== 'deleted') this.see({ ...item, item });
      else if (watch.color === undefined) this.see({ key: item.key, revision: item.revision });
      if (first !== undefined) last = Math.max(last ?? 0, item.revision);
    }
    if (watch.color === undefined && first !== undefined && last !== undefined) this.#covered.push([first, last]);
  }

  world(): World {
    const byKey = new Map<string, readonly Version[]>();
    for (const [key, versions] of this.#versions) {
      byKey.set(
        key,
        [...versions.values()].sort((a, b) => a.revision - b.revision),
      );
    }
    const changes = [...byKey.values()].flat().sort((a, b) => a.revision - b.revision);
    const covered = merged(this.#covered);
    const isCovered = (from: number, to: number) => uncovered(covered, from, to).length === 0;
    const isCertain = (key: string, from: number, to: number) =>
      uncovered(covered, from, to).every(([start, end]) => this.#attempts.quiet(key, start, end));
    const versions = (key: string) => byKey.get(key) ?? [];
    const at = (key: string, revision: number) => versions(key)[firstBehind(versions(key), revision) - 1];
    return {
      contradictions: this.#contradictions,
      changes,
      versions,
      at,
      next: (key, revision) => versions(key)[firstBehind(versions(key), revision)],
      between: (key, from, to) => slice(versions(key), from, to),
      changesBetween: (from, to) => slice(changes, from, to),
      state: (revision) =>
        [...byKey.keys()]
          .sort()
          .map((key) => at(key, revision)?.item)
          .filter((item) => item !== undefined),
      keys: () => byKey.keys(),
      covered: isCovered,
      certain: (key, revision, until = revision) => isCertain(key, at(key, revision)?.revision ?? 0, until),
    };
  }
}

const shown = ({ item }: Version) =>
  item === undefined
    ? 'deleted'
    : [item.value, item.color, item.identity].filter((part) => part !== undefined).join(' ');

/** Whether two witnesses speak of the same. */
function isSame({ item: one }: Version, { item: other }: Version): boolean {
  const whose = one?.identity === undefined || other?.identity === undefined || one.identity === other.identity;
  return one?.value === other?.value && one?.color === other?.color && whose;
}

/** Index of the first version with a greater revision. */
const firstBehind = (versions: readonly Version[], than: number) =>
  partitionPoint(versions, ({ revision }) => revision <= than);

const slice = (versions: readonly Version[], from: number, to: number) =>
  versions.slice(firstBehind(versions, from), firstBehind(versions, to));

/** The parts of an interval that lie in none of the others, which do not touch each other. */
function uncovered(
  covered: readonly (readonly [number, number])[],
  from: number,
  to: number,
): readonly (readonly [number, number])[] {
  const parts: [number, number][] = [];
  let start = from;
  for (let index = partitionPoint(covered, ([, end]) => end <= from); start < to; index += 1) {
    const [begin, end] = covered[index] ?? [to, to];
    if (begin > start) parts.push([start, Math.min(begin, to)]);
    start = Math.max(start, end);
  }
  return parts;
}

/** Joins intervals that touch. */
function merged(intervals: readonly [number, number][]): readonly (readonly [number, number])[] {
  const result: [number, number][] = [];
  for (const [from, to] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

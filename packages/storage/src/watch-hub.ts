import type { EventBatch, StorageEvent, StorageWatch, WatchRequest } from './contract.ts';
import { errors } from './error.ts';

/** Reads at most some thousand events after `afterRevision` from an engine's log; whole revisions only. */
export type ReadHistory = (afterRevision: number) => Promise<EventBatch>;

export interface WatchHubOptions {
  /** The revision up to which events have been published. */
  readonly revision: number;
  readonly compactedRevision: () => number;
  readonly readHistory: ReadHistory;
}

/**
 * Watches of one engine. Every watch is told of every published revision, with an empty batch when nothing in its
 * range changed, so that a reader who needs revision N knows when a watch has passed it.
 */
export interface WatchHub {
  /** The last published revision. */
  readonly revision: number;
  watch(request: WatchRequest, handler: (batch: EventBatch) => void): StorageWatch;
  /** Hands over events newer than every one before them; `revision` is the last of them. */
  publish(events: readonly StorageEvent[], revision: number): void;
  /** Ends every watch with this error, or quietly without one. */
  end(error?: Error): void;
}

interface Watcher {
  readonly start: string;
  readonly end: string;
  readonly handler: (batch: EventBatch) => void;
  /** The handler has seen everything up to here. */
  revision: number;
  /** False while it still reads the log. */
  live: boolean;
  closed: boolean;
  /** Events of the publication under way. */
  matched: StorageEvent[];
  readonly finish: (error?: unknown) => void;
}

/** The revision that an event belongs to. */
export function revisionOf(event: StorageEvent): number {
  return event.kind === 'put' ? event.current.modRevision : event.revision;
}

function keyOf(event: StorageEvent): string {
  return event.kind === 'put' ? event.current.key : event.key;
}

const NO_EVENTS: readonly StorageEvent[] = [];

export function createWatchHub(options: WatchHubOptions): WatchHub {
  const { compactedRevision, readHistory } = options;
  const watchers = new Set<Watcher>();
  let index = rangeIndex([]);
  let revision = options.revision;

  function reindex(): void {
    index = rangeIndex([...watchers].filter((watcher) => watcher.live));
  }

  function finish(watcher: Watcher, error?: unknown): void {
    if (watcher.closed) return;
    watcher.closed = true;
    watchers.delete(watcher);
    reindex();
    watcher.finish(error);
  }

  /** A handler that throws ends its own watch and nobody else's. */
  function deliver(watcher: Watcher, events: readonly StorageEvent[], reached: number): void {
    if (watcher.closed || reached <= watcher.revision) return;
    watcher.revision = reached;
    try {
      watcher.handler({ events, revision: reached });
    } catch (error) {
      finish(watcher, error);
    }
  }

  async function catchUp(watcher: Watcher): Promise<void> {
    while (!watcher.closed && watcher.revision < revision) {
      if (watcher.revision < compactedRevision()) throw errors.compacted(watcher.revision, compactedRevision());
      const batch = await readHistory(watcher.revision);
      deliver(
        watcher,
        batch.events.filter((event) => covers(watcher, keyOf(event))),
        batch.revision,
      );
      await new Promise((resolve) => setImmediate(resolve)); // However long the history is, others are not held up.
    }
    watcher.live = true;
    reindex();
  }

  return {
    get revision() {
      return revision;
    },
    watch(request, handler) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      promise.catch(() => {}); // Whoever does not look at `done` must not crash the process.
      const watcher: Watcher = {
        start: request.start,
        end: request.end,
        handler,
        revision: request.afterRevision ?? revision,
        live: false,
        closed: false,
        matched: [],
        finish: (error) => (error === undefined ? resolve() : reject(error)),
      };
      watchers.add(watcher);
      if (watcher.revision < revision || watcher.revision < compactedRevision()) {
        catchUp(watcher).catch((error: unknown) => finish(watcher, error));
      } else {
        watcher.live = true;
        reindex();
      }
      return { done: promise, close: () => finish(watcher) };
    },
    publish(events, reached) {
      for (const event of events) {
        const eventRevision = revisionOf(event);
        index.forEach(keyOf(event), (watcher) => {
          if (eventRevision > watcher.revision) watcher.matched.push(event);
        });
      }
      revision = reached;
      for (const watcher of index.watchers) {
        const matched = watcher.matched.length === 0 ? NO_EVENTS : watcher.matched;
        if (matched !== NO_EVENTS) watcher.matched = [];
        deliver(watcher, matched, reached);
      }
    },
    end(error) {
      for (const watcher of [...watchers]) finish(watcher, error);
    },
  };
}

function covers(watcher: Watcher, key: string): boolean {
  return watcher.start <= key && key < watcher.end;
}

/**
 * Finds the watchers of a key. Sorted by start, with the furthest end of each and all before it: the search goes back
 * from the last start at or before the key and stops where no earlier range reaches the key.
 */
function rangeIndex(unsorted: readonly Watcher[]) {
  const watchers = unsorted.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const furthestEnds: string[] = [];
  for (const watcher of watchers) {
    const before = furthestEnds.at(-1) ?? '';
    furthestEnds.push(watcher.end > before ? watcher.end : before);
  }
  return {
    watchers,
    forEach(key: string, visit: (watcher: Watcher) => void): void {
      let low = 0;
      let high = watchers.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (watchers[middle]!.start <= key) low = middle + 1;
        else high = middle;
      }
      for (let at = low - 1; at >= 0 && furthestEnds[at]! > key; at -= 1) {
        if (key < watchers[at]!.end) visit(watchers[at]!);
      }
    },
  };
}

import type { Event } from '@steersman/api';

/** As client-go: what is remembered about past events, and the limits on similar ones. */
const REMEMBERED_MAX = 4096;
const SIMILAR_MAX = 10;
const SIMILAR_WINDOW_MS = 10 * 60_000;
const SPAM_BURST = 25;
const SPAM_REFILL_PER_MS = 1 / 300_000;
const AGGREGATE_PREFIX = '(combined from similar events): ';

/** A map that forgets what was used longest ago. */
function createRecent<V>(max: number): { get(key: string): V | undefined; set(key: string, value: V): void } {
  const entries = new Map<string, V>();
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      const oldest = entries.size > max ? entries.keys().next() : undefined;
      if (oldest?.done === false) entries.delete(oldest.value);
    },
  };
}

/** What to do with an event: write it anew, count it on one that was written before, or drop it. */
export type Correlated =
  | { readonly kind: 'create'; readonly event: Event; readonly key: string }
  | { readonly kind: 'count'; readonly event: Event; readonly key: string; readonly name: string }
  | { readonly kind: 'drop' };

export interface EventCorrelator {
  /** `nowMs` is wall-clock time. */
  correlate(event: Event, nowMs: number): Correlated;
  /** Tells that the event now stands on the server under this name. */
  written(key: string, event: Event): void;
}

function subjectOf({ source, involvedObject }: Event): string {
  const { kind, namespace, name, uid, apiVersion, fieldPath } = involvedObject;
  return JSON.stringify([source?.component, source?.host, kind, namespace, name, uid, apiVersion, fieldPath]);
}

interface Similar {
  readonly messages: Set<string>;
  lastMs: number;
}
interface Bucket {
  tokens: number;
  filledMs: number;
}
interface Written {
  readonly name: string;
  readonly count: number;
  readonly firstTimestamp: string | undefined;
}

/**
 * Keeps a misbehaving object from flooding the store: 25 events per source and object, then one in five minutes; more
 * than ten different messages of one reason within ten minutes become one; the same event again raises its count.
 */
export function createEventCorrelator(): EventCorrelator {
  const buckets = createRecent<Bucket>(REMEMBERED_MAX);
  const similar = createRecent<Similar>(REMEMBERED_MAX);
  const known = createRecent<Written>(REMEMBERED_MAX);

  function allowed(subject: string, nowMs: number): boolean {
    const bucket = buckets.get(subject) ?? { tokens: SPAM_BURST, filledMs: nowMs };
    bucket.tokens = Math.min(SPAM_BURST, bucket.tokens + Math.max(0, nowMs - bucket.filledMs) * SPAM_REFILL_PER_MS);
    bucket.filledMs = nowMs;
    buckets.set(subject, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Whether this is one of too many messages that differ in words only. */
  function aggregates(group: string, message: string, nowMs: number): boolean {
    let entry = similar.get(group);
    if (entry === undefined || nowMs - entry.lastMs > SIMILAR_WINDOW_MS) entry = { messages: new Set(), lastMs: nowMs };
    if (entry.messages.size < SIMILAR_MAX) entry.messages.add(message);
    entry.lastMs = nowMs;
    similar.set(group, entry);
    return entry.messages.size >= SIMILAR_MAX;
  }

  return {
    correlate(event, nowMs) {
      const subject = subjectOf(event);
      const group = JSON.stringify([subject, event.type, event.reason]);
      const combined = aggregates(group, event.message ?? '', nowMs);
      const key = combined ? group : JSON.stringify([group, event.message]);
      if (!allowed(subject, nowMs)) return { kind: 'drop' };
      const said = combined ? { ...event, message: AGGREGATE_PREFIX + (event.message ?? '') } : event;
      const previous = known.get(key);
      if (previous === undefined) return { kind: 'create', event: said, key };
      const counted = {
        ...said,
        count: previous.count + 1,
        firstTimestamp: previous.firstTimestamp,
        metadata: { ...said.metadata, name: previous.name },
      };
      return { kind: 'count', event: counted, key, name: previous.name };
    },
    written(key, event) {
      known.set(key, {
        name: event.metadata.name ?? '',
        count: event.count ?? 1,
        firstTimestamp: event.firstTimestamp ?? undefined,
      });
    },
  };
}

import type { Clock } from '@steersman/machinery';
import type { ClusterEvent, QueuedPod, QueueingHint, Rejection } from '../contract.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { createHeap } from './heap.ts';

/** A pod that no event has brought back is tried again after this long, in case an event was missed. */
const UNSCHEDULABLE_MS_MAX = 5 * 60 * 1000;
const FLUSH_PERIOD_MS = 30_000;

export interface SchedulingQueueOptions {
  readonly clock: Clock;
  /** Order of ready pods: negative when `a` goes first. */
  readonly compare: (a: QueuedPod, b: QueuedPod) => number;
  /** A pod that this rejects waits until it changes. */
  readonly preEnqueue: (pod: PodInfo) => (Rejection & { readonly plugin: string }) | undefined;
  /** Whether an event can help a pod that this plugin rejected. */
  readonly hint: (plugin: string, kind: ClusterEvent['kind']) => QueueingHint | undefined;
  /** Delay before the second try, and of every later one at most; doubled in between. */
  readonly backoffInitialMs: number;
  readonly backoffMaxMs: number;
  /** Called when a pod has become ready. */
  readonly onReady: () => void;
}

/**
 * Pods waiting for a node: ready ones, those backing off after a failure, and those that nothing can be done for until
 * something changes. A pod is in one of the three, or handed out by `pop`.
 */
export interface SchedulingQueue {
  /** A new pod, or what is now known of one that waits. */
  set(pod: PodInfo): void;
  remove(uid: string): void;
  /** The next pod to schedule; it is out of the queue until `putBack` or `remove`. */
  pop(): QueuedPod | undefined;
  /** After a failed try. Without plugins that rejected it (an error), it is tried again after its backoff. */
  putBack(queued: QueuedPod, rejectedBy: ReadonlySet<string>): void;
  /** Brings back the pods that the event may help. */
  moveOn(event: ClusterEvent): void;
  readonly counts: Readonly<Record<'active' | 'backoff' | 'unschedulable' | 'gated', number>>;
  close(): void;
}

type Where = 'active' | 'backoff' | 'unschedulable' | 'gated' | 'out';
interface Entry extends QueuedPod {
  info: PodInfo;
  where: Where;
  sinceMs: number;
  attempts: number;
  rejectedBy: ReadonlySet<string>;
  /** When its backoff ends. */
  backoffEndMs: number;
  /** Tells a heap's old entry from the pod's current one. */
  ticket: number;
}
interface Ticket {
  readonly entry: Entry;
  readonly ticket: number;
}

const NOBODY: ReadonlySet<string> = new Set();

export function createSchedulingQueue(options: SchedulingQueueOptions): SchedulingQueue {
  const { clock, compare, preEnqueue, hint, onReady } = options;
  const entries = new Map<string, Entry>();
  const unschedulable = new Set<Entry>(); // So that an event need not look at pods it cannot concern.
  const counts = { active: 0, backoff: 0, unschedulable: 0, gated: 0, out: 0 };
  let tickets = 0;
  const active = createHeap<Ticket>((a, b) => (compare(a.entry, b.entry) || a.ticket - b.ticket) < 0);
  const backoff = createHeap<Ticket>((a, b) => a.entry.backoffEndMs < b.entry.backoffEndMs);
  let backoffTimer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  let cancelFlush = clock.schedule(FLUSH_PERIOD_MS, flush);

  function place(entry: Entry, where: Where): void {
    counts[entry.where] -= 1;
    counts[where] += 1;
    if (where === 'unschedulable') unschedulable.add(entry);
    else unschedulable.delete(entry);
    entry.where = where;
    tickets += 1;
    entry.ticket = tickets;
    if (where === 'active') {
      active.push({ entry, ticket: tickets });
      onReady();
    }
    if (where === 'backoff') {
      backoff.push({ entry, ticket: tickets });
      armBackoff();
    }
  }

  /** Entries that have moved on since leave their old tickets behind. */
  const isStale = ({ entry, ticket }: Ticket) => entry.ticket !== ticket;

  function armBackoff(): void {
    for (let first = backoff.peek(); first !== undefined && isStale(first); first = backoff.peek()) backoff.pop();
    const atMs = backoff.peek()?.entry.backoffEndMs;
    if (atMs === undefined || (backoffTimer !== undefined && backoffTimer.atMs <= atMs)) return;
    backoffTimer?.cancel();
    const cancel = clock.schedule(Math.max(0, atMs - clock.monotonic()), () => {
      backoffTimer = undefined;
      const nowMs = clock.monotonic();
      for (let first = backoff.peek(); first !== undefined; first = backoff.peek()) {
        if (!isStale(first) && first.entry.backoffEndMs > nowMs) break;
        backoff.pop();
        if (!isStale(first)) place(first.entry, 'active');
      }
      armBackoff();
    });
    backoffTimer = { atMs, cancel };
  }

  function backoffOf(attempts: number): number {
    return Math.min(options.backoffMaxMs, options.backoffInitialMs * 2 ** Math.max(0, attempts - 1));
  }

  /** To the ready ones, unless its backoff is not over or it is gated. */
  function enqueue(entry: Entry): void {
    const rejection = preEnqueue(entry.info);
    if (rejection !== undefined) {
      entry.rejectedBy = new Set([rejection.plugin]);
      place(entry, 'gated');
    } else place(entry, entry.backoffEndMs > clock.monotonic() ? 'backoff' : 'active');
  }

  function mayHelp(entry: Entry, event: ClusterEvent): boolean {
    for (const plugin of entry.rejectedBy) if (hint(plugin, event.kind)?.(entry.info, event) === true) return true;
    return false;
  }

  function flush(): void {
    const nowMs = clock.monotonic();
    for (const entry of [...unschedulable]) if (nowMs - entry.sinceMs >= UNSCHEDULABLE_MS_MAX) enqueue(entry);
    cancelFlush = clock.schedule(FLUSH_PERIOD_MS, flush);
  }

  function insert(info: PodInfo): void {
    const nowMs = clock.monotonic();
    const times = { enqueuedMs: nowMs, sinceMs: nowMs, attempts: 0, backoffEndMs: 0 };
    const entry: Entry = { info, ...times, rejectedBy: NOBODY, where: 'out', ticket: 0 };
    counts.out += 1;
    entries.set(info.uid, entry);
    enqueue(entry);
  }

  /** A changed pod may fit now: other labels, tolerations, requests, no more gates. Its status alone changes nothing. */
  function update(entry: Entry, info: PodInfo): void {
    const { pod: before } = entry.info;
    const { pod: after } = info;
    const isChanged = before.metadata.generation !== after.metadata.generation || differs(before, after);
    entry.info = info;
    if (!isChanged) return;
    if (entry.where === 'gated') enqueue(entry);
    else if (entry.where === 'unschedulable') enqueue(entry);
    else if (entry.where === 'active') place(entry, 'active'); // Its priority may be another.
  }

  return {
    set(pod) {
      const known = entries.get(pod.uid);
      if (known === undefined) insert(pod);
      else update(known, pod);
    },
    remove(uid) {
      const entry = entries.get(uid);
      if (entry === undefined) return;
      place(entry, 'out');
      counts.out -= 1;
      entries.delete(uid);
    },
    pop() {
      for (let first = active.pop(); first !== undefined; first = active.pop()) {
        if (isStale(first)) continue;
        first.entry.attempts += 1;
        place(first.entry, 'out');
        return first.entry;
      }
      return undefined;
    },
    putBack(queued, rejectedBy) {
      const entry = entries.get(queued.info.uid);
      if (entry === undefined || entry.where !== 'out') return; // Deleted meanwhile, or added anew.
      entry.sinceMs = clock.monotonic();
      entry.rejectedBy = rejectedBy;
      entry.backoffEndMs = entry.sinceMs + backoffOf(entry.attempts);
      place(entry, rejectedBy.size === 0 ? 'backoff' : 'unschedulable');
    },
    moveOn(event) {
      for (const entry of [...unschedulable]) if (mayHelp(entry, event)) enqueue(entry);
    },
    counts,
    close() {
      cancelFlush();
      backoffTimer?.cancel();
    },
  };
}

function differs(before: PodInfo['pod'], after: PodInfo['pod']): boolean {
  return (
    JSON.stringify(before.spec) !== JSON.stringify(after.spec) ||
    JSON.stringify(before.metadata.labels) !== JSON.stringify(after.metadata.labels)
  );
}

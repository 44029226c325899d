import { backoffDelay, type Clock } from '@steersman/machinery';
import type { ClusterEvent, QueuedPod, QueueingHint, Rejection } from '../contract.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { type Entry, isChanged, isStale, newEntry, type Ticket, type Where } from './entry.ts';
import { createHeap } from './heap.ts';
import { createTimedHeap } from './timed-heap.ts';

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
  /** What is now known of a pod, if it is still here. */
  refresh(pod: PodInfo): void;
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

export function createSchedulingQueue(options: SchedulingQueueOptions): SchedulingQueue {
  const { clock, compare, preEnqueue, hint, onReady } = options;
  const entries = new Map<string, Entry>();
  const unschedulable = new Set<Entry>(); // So that an event need not look at pods it cannot concern.
  const counts = { active: 0, backoff: 0, unschedulable: 0, gated: 0, out: 0 };
  const active = createHeap<Ticket>((a, b) => (compare(a.snapshot, b.snapshot) || a.number - b.number) < 0);
  const backoff = createTimedHeap<Ticket>(clock, (ticket) => {
    if (!isStale(ticket)) place(ticket.entry, 'active');
  });
  let tickets = 0;
  let cancelFlush = clock.schedule(FLUSH_PERIOD_MS, flush);

  function place(entry: Entry, where: Where): void {
    counts[entry.where] -= 1;
    counts[where] += 1;
    if (where === 'unschedulable') unschedulable.add(entry);
    else unschedulable.delete(entry);
    entry.where = where;
    entry.moves += 1;
    tickets += 1;
    const ticket: Ticket = { entry, moves: entry.moves, snapshot: { ...entry }, number: tickets };
    if (where === 'backoff') backoff.add(ticket, entry.backoffEndMs);
    if (where !== 'active') return;
    active.push(ticket);
    onReady();
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
    const entry = newEntry(info, clock.monotonic());
    counts.out += 1;
    entries.set(info.uid, entry);
    enqueue(entry);
  }

  /** A changed pod may fit now: other labels, tolerations, requests, no more gates. */
  function update(entry: Entry, info: PodInfo): void {
    const mayFit = isChanged(entry.info, info);
    entry.info = info;
    if (!mayFit) return;
    if (entry.where === 'gated' || entry.where === 'unschedulable') enqueue(entry);
    else if (entry.where === 'active') place(entry, 'active'); // Its priority may be another.
  }

  function pop(): QueuedPod | undefined {
    for (let first = active.pop(); first !== undefined; first = active.pop()) {
      if (isStale(first)) continue;
      first.entry.attempts += 1;
      place(first.entry, 'out');
      return { ...first.entry }; // What is decided rests on the pod as it is now, whatever it becomes meanwhile.
    }
    return undefined;
  }

  function putBack(queued: QueuedPod, rejectedBy: ReadonlySet<string>): void {
    const entry = entries.get(queued.info.uid);
    if (entry === undefined || entry.where !== 'out') return; // Deleted meanwhile, or added anew.
    entry.sinceMs = clock.monotonic();
    entry.rejectedBy = rejectedBy;
    const backoffMs = backoffDelay({ baseMs: options.backoffInitialMs, maxMs: options.backoffMaxMs }, entry.attempts);
    entry.backoffEndMs = entry.sinceMs + backoffMs;
    place(entry, rejectedBy.size === 0 ? 'backoff' : 'unschedulable');
  }

  return {
    set(pod) {
      const known = entries.get(pod.uid);
      if (known === undefined) insert(pod);
      else update(known, pod);
    },
    refresh(pod) {
      const known = entries.get(pod.uid);
      if (known !== undefined) update(known, pod);
    },
    remove(uid) {
      const entry = entries.get(uid);
      if (entry === undefined) return;
      place(entry, 'out');
      counts.out -= 1;
      entries.delete(uid);
    },
    pop,
    putBack,
    moveOn(event) {
      for (const entry of [...unschedulable]) if (mayHelp(entry, event)) enqueue(entry);
    },
    counts,
    close() {
      cancelFlush();
      backoff.close();
    },
  };
}

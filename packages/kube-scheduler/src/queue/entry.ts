import type { QueuedPod } from '../contract.ts';
import type { PodInfo } from '../state/pod-info.ts';

/** Where a pod is: in one of the queues, or handed out. */
export type Where = 'active' | 'backoff' | 'unschedulable' | 'gated' | 'out';

/** A pod in the queue, changed in place as it moves. */
export interface Entry extends QueuedPod {
  info: PodInfo;
  where: Where;
  sinceMs: number;
  attempts: number;
  rejectedBy: ReadonlySet<string>;
  /** When its backoff ends, in monotonic milliseconds. */
  backoffEndMs: number;
  /** Grows with every move. */
  moves: number;
}

/** A place in a heap, as the pod was when it took it. Once the pod has moved on, the place means nothing. */
export interface Ticket {
  readonly entry: Entry;
  readonly moves: number;
  readonly snapshot: QueuedPod;
  /** Settles ties: first come, first served. */
  readonly number: number;
}

const NOBODY: ReadonlySet<string> = new Set();

export function newEntry(info: PodInfo, nowMs: number): Entry {
  const times = { enqueuedMs: nowMs, sinceMs: nowMs, attempts: 0, backoffEndMs: 0 };
  return { info, ...times, rejectedBy: NOBODY, where: 'out', moves: 0 };
}

export const isStale = ({ entry, moves }: Ticket) => entry.moves !== moves;

/** Whether a pod changed in a way that scheduling can feel. Its status alone changes nothing. */
export function isChanged({ pod: before }: PodInfo, { pod: after }: PodInfo): boolean {
  return (
    JSON.stringify(before.spec) !== JSON.stringify(after.spec) ||
    JSON.stringify(before.metadata.labels) !== JSON.stringify(after.metadata.labels)
  );
}

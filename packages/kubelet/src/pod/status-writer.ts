/** Writes pod statuses to the API: the latest one wins, one write per pod at a time, nothing when nothing changed. */
import { isConflict, isNotFound, nameOf, namespaceOf, type Pod, type PodStatus, Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import { createWorkQueue, type Effects } from '@steersman/machinery';
import { statusPatch } from './status-patch.ts';

export interface StatusWriter {
  /** `pod` is the API's latest version as the kubelet knows it. */
  set(uid: string, pod: Pod, status: PodStatus): void;
  /** Whether the API has the last status set. */
  settled(uid: string): boolean;
  /** The newer of `pod` and what our last write returned: a source lags behind our own writes. */
  freshest(uid: string, pod: Pod): Pod;
  forget(uid: string): void;
  run(signal: AbortSignal): Promise<void>;
}
interface Entry {
  pod: Pod;
  status: PodStatus;
  /** What the API answered to our last write, until the source has caught up with it. */
  written?: Pod;
  dirty: boolean;
  /** Monotonic time until which a first Running is not told. */
  heldUntil?: number;
}
/** Enough to keep a burst of starting pods moving without flooding the API server. */
const WRITES_AT_ONCE_MAX = 16;
const RETRY_MAX_MS = 10_000;
/** A pod that starts at once goes through several statuses in a moment: only the last of them is worth a write. */
const DEBOUNCE_MS = 5;
/**
 * How long the first Running of a pod that waits for one attached session (`kubectl run -i`) is kept back. A client that hears of
 * it at once attaches to a process that may just have written its last word; a short command is reported by its end
 * instead, and the client prints its log. As long as a kubelet that looks at its containers once a second would take.
 */
const ATTACHABLE_HOLD_MS = 1000;

/**
 * `onSettled` is called after a write, when something may wait for it. `apiPodOf` gives the object that is written: the
 * mirror of a static pod; undefined while there is none.
 */
export function createStatusWriter(
  client: Client,
  effects: Effects,
  onSettled: (uid: string) => void,
  apiPodOf: (pod: Pod) => Pod | undefined = (pod) => pod,
): StatusWriter {
  const entries = new Map<string, Entry>();
  const pods = client.resource(Resources.pods);
  const queue = createWorkQueue({
    name: 'pod-status',
    reconcile: write,
    effects,
    concurrencyMax: WRITES_AT_ONCE_MAX,
    retryMaxMs: RETRY_MAX_MS,
  });

  async function write(uid: string, signal: AbortSignal) {
    const entry = entries.get(uid);
    if (entry === undefined || !entry.dirty) return 'on-change' as const;
    const heldMs = (entry.heldUntil ?? 0) - effects.clock.monotonic();
    if (heldMs > 0) return { afterMs: heldMs };
    entry.dirty = false;
    const patch = statusPatch(baseOf(entry).status ?? {}, entry.status);
    try {
      if (patch !== undefined) {
        const body = { metadata: { uid: entry.pod.metadata.uid }, status: patch };
        const key = { namespace: namespaceOf(entry.pod), name: nameOf(entry.pod) };
        entry.written = await pods.patch(key, { type: 'strategic', body }, { subresource: 'status', signal });
      }
    } catch (error) {
      // Deleted, or replaced by another pod of the same name: the source will say so.
      if (!isNotFound(error) && !isConflict(error)) {
        entry.dirty = true;
        throw error;
      }
    }
    onSettled(uid);
    return 'on-change' as const;
  }

  return {
    set(uid, given, status) {
      const pod = apiPodOf(given);
      if (pod === undefined) return;
      const entry = entries.get(uid) ?? { pod, status, dirty: false };
      entries.set(uid, entry);
      entry.pod = pod;
      entry.status = status;
      hold(entry, effects.clock.monotonic());
      entry.dirty = statusPatch(baseOf(entry).status ?? {}, status) !== undefined || entry.dirty;
      if (entry.dirty) queue.addAfter(uid, DEBOUNCE_MS);
    },
    settled(uid) {
      const entry = entries.get(uid);
      return (
        entry === undefined || (!entry.dirty && statusPatch(baseOf(entry).status ?? {}, entry.status) === undefined)
      );
    },
    freshest(uid, given) {
      const entry = entries.get(uid);
      const pod = apiPodOf(given) ?? given;
      return entry === undefined ? pod : baseOf({ ...entry, pod });
    },
    forget: (uid) => void entries.delete(uid),
    run: (signal) => queue.run(signal),
  };
}

const waitsForSession = ({ spec }: Pod): boolean =>
  spec.containers.some(({ stdin, stdinOnce }) => stdin === true && stdinOnce === true);

function hold(entry: Entry, nowMs: number): void {
  const isFirstRunning = entry.status.phase === 'Running' && baseOf(entry).status?.phase !== 'Running';
  if (isFirstRunning && waitsForSession(entry.pod)) entry.heldUntil ??= nowMs + ATTACHABLE_HOLD_MS;
  else delete entry.heldUntil;
}

const revision = (pod: Pod): bigint =>
  BigInt(/^\d+$/.test(pod.metadata.resourceVersion ?? '') ? pod.metadata.resourceVersion! : 0);
/** The newer of what the source has seen and what our last write returned. */
const baseOf = ({ pod, written }: Entry): Pod =>
  written !== undefined && revision(written) > revision(pod) ? written : pod;

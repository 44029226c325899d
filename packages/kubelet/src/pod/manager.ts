/** Keeps every pod of the node the way its spec says: takes pods from the sources and runs one pass at a time over each. */
import { isPodFinished, keyOf, type Pod, uidOf } from '@steersman/api';
import { createWorkQueue, type NextPass } from '@steersman/machinery';
import type { PodDependencies } from './dependencies.ts';
import { beginEnding, runPass } from './pass.ts';
import { newRecord, type PodRecord } from './record.ts';
import { same } from './status-patch.ts';

export interface PodManager {
  /** A pod of this node, new or changed. */
  observe(pod: Pod): void;
  /** The pod is in no source any more. `last` is its last version. */
  vanished(uid: string): void;
  /** Something may have changed: look again. */
  again(uid: string): void;
  /** What its volumes are made of has changed: look again, and bring them up to date. */
  refresh(uid: string): void;
  /** Ends the pod with a Failed phase; its grace can be shortened. */
  fail(uid: string, reason: string, message: string, graceSeconds?: number): void;
  get(uid: string): PodRecord | undefined;
  records(): IterableIterator<PodRecord>;
  /** By `namespace/name`; the newest when a pod is being replaced. */
  byKey(key: string): PodRecord | undefined;
  run(signal: AbortSignal): Promise<void>;
  idle(): Promise<void>;
}
/** A pass may wait for an image, so few would block many; the runtime itself limits what happens at once. */
const PASSES_AT_ONCE_MAX = 200;
const RETRY_MAX_MS = 10_000;

export function createPodManager(deps: PodDependencies): PodManager {
  const records = new Map<string, PodRecord>();
  const { clock } = deps.effects;
  const queue = createWorkQueue({
    name: 'pods',
    reconcile,
    effects: deps.effects,
    concurrencyMax: PASSES_AT_ONCE_MAX,
    retryBaseMs: 100,
    retryMaxMs: RETRY_MAX_MS,
  });

  async function reconcile(uid: string): Promise<NextPass> {
    const record = records.get(uid);
    if (record === undefined) return 'on-change';
    if (!record.admitted && !record.refused) admit(record);
    const next = await runPass(record, deps);
    if (record.removed) records.delete(uid);
    return next;
  }

  /** Pods that have started here were admitted by a kubelet before this one: a restart must not end them. */
  function admit(record: PodRecord): void {
    const active = [...records.values()]
      .filter((each) => each.admitted && each.stage !== 'ended' && !isPodFinished(each.pod))
      .map(({ pod }) => pod);
    const decided = isPodFinished(record.pod) || hasStarted(record.pod);
    const refusal = decided ? undefined : deps.node.admit(record.pod, active);
    if (refusal === undefined) {
      record.admitted = true;
      return;
    }
    record.refused = true;
    record.verdict = { phase: 'Failed', ...refusal };
    deps.event(record.pod, 'Warning', refusal.reason, refusal.message);
  }

  return {
    observe(pod) {
      const uid = uidOf(pod);
      const record = records.get(uid) ?? newRecord(pod, uid, clock.now());
      if (record.pod !== pod && metadataChanged(record.pod, pod)) record.stale = true; // The downward API shows it.
      record.pod = pod;
      records.set(uid, record);
      if (pod.metadata.deletionTimestamp !== undefined) {
        beginEnding(record, deps);
        shorten(record);
      }
      queue.add(uid);
    },
    vanished(uid) {
      const record = records.get(uid);
      if (record === undefined) return;
      record.gone = true;
      beginEnding(record, deps);
      queue.add(uid);
    },
    again: (uid) => queue.add(uid),
    refresh(uid) {
      const record = records.get(uid);
      if (record !== undefined) record.stale = true;
      queue.add(uid);
    },
    fail(uid, reason, message, graceSeconds) {
      const record = records.get(uid);
      if (record === undefined || record.stage !== 'running') return;
      record.verdict = { phase: 'Failed', reason, message };
      if (graceSeconds !== undefined) record.graceSeconds = graceSeconds;
      beginEnding(record, deps);
      queue.add(uid);
    },
    get: (uid) => records.get(uid),
    records: () => records.values(),
    byKey: (key) => [...records.values()].findLast(({ pod }) => keyOf(pod) === key),
    run: (signal) => queue.run(signal),
    idle: () => queue.idle(),
  };
}

const hasStarted = ({ status }: Pod): boolean =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].some(({ containerID }) =>
    Boolean(containerID),
  );

const metadataChanged = (before: Pod, after: Pod): boolean =>
  !same(before.metadata.labels, after.metadata.labels) ||
  !same(before.metadata.annotations, after.metadata.annotations);

/** A second deletion can only shorten what the first one gave. */
function shorten(record: PodRecord): void {
  const grace = record.pod.metadata.deletionGracePeriodSeconds;
  if (grace !== undefined && record.graceSeconds !== undefined)
    record.graceSeconds = Math.min(record.graceSeconds, grace);
}

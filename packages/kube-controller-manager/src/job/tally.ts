import { isPodFinished, isTerminating, type Job, type Pod } from '@steersman/api';
import { isReady } from '../pods/pod-state.ts';
import { failureActionOf } from './failure-policy.ts';
import { failedIndexesOf, lastFailures, limitsIndexes } from './index-failures.ts';
import { formatIndexes, indexOf, parseIndexes } from './indexes.ts';

/** Keeps a pod until its end has been counted in the job's status (KEP-2307). */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';

/** Pods and ends of a job, counted once each. */
export interface Tally {
  readonly active: readonly Pod[];
  /** On their way out and not finished. */
  readonly terminating: number;
  readonly ready: number;
  /** In `status.succeeded` and `status.failed` from now on: their pods have been let go. */
  readonly countedSucceeded: number;
  readonly countedFailed: number;
  /** UIDs whose pods still have the finalizer. */
  readonly uncountedSucceeded: readonly string[];
  readonly uncountedFailed: readonly string[];
  readonly completedIndexes: string | undefined;
  /** Indexes that have failed for good; undefined when indexes have no limits of their own. */
  readonly failedIndexes: ReadonlySet<number> | undefined;
  /** The failed pod of each index that came last, where indexes have limits of their own. */
  readonly lastFailures: ReadonlyMap<number, Pod>;
  /** All that have succeeded (for an Indexed job: completed indexes) and failed. */
  readonly succeeded: number;
  readonly failed: number;
  /** Pods to take the finalizer from once the status is written. */
  readonly release: readonly Pod[];
  /** Set when the failure policy says that one pod's failure is the job's. */
  readonly policyFailure: string | undefined;
}

export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === 'Indexed';
}

/** With this policy a terminating pod is replaced only when it has ended. */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return (
    spec.podReplacementPolicy === 'Failed' ||
    (spec.podReplacementPolicy === undefined && spec.podFailurePolicy !== undefined)
  );
}

function hasFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  // A pod deleted by others may never get to report its end.
  return !replacesOnlyFailed(job) && isTerminating(pod) && pod.status?.phase !== 'Succeeded';
}

interface IndexTally {
  readonly failedIndexes: ReadonlySet<number> | undefined;
  readonly lastFailures: ReadonlyMap<number, Pod>;
  /** UIDs of last failures that have no successor yet. */
  readonly remembered: ReadonlySet<string>;
}

/** What has failed, index by index. */
function indexTally(job: Job, pods: readonly Pod[], jobEnds: boolean): IndexTally {
  if (!limitsIndexes(job)) return { failedIndexes: undefined, lastFailures: new Map(), remembered: new Set() };
  const failed = pods.filter((pod) => hasFailed(job, pod));
  const failedIndexes = failedIndexesOf(job, failed);
  const last = lastFailures(failed);
  const taken = new Set([
    ...failedIndexes,
    ...parseIndexes(job.status?.completedIndexes, job.spec.completions ?? 0),
    ...pods.filter((pod) => !failed.includes(pod)).map(indexOf),
  ]);
  const waiting = jobEnds ? [] : [...last].filter(([index]) => !taken.has(index));
  const remembered = new Set(waiting.map(([, { metadata }]) => metadata.uid ?? ''));
  return { failedIndexes, lastFailures: last, remembered };
}

/**
 * Counts the pods of a job. `released` are pods whose finalizer we have removed while the cache may still show it; they
 * were counted and must not be again. With `jobEnds`, what still runs counts as failed.
 */
export function tallyPods(job: Job, pods: readonly Pod[], released: ReadonlySet<string>, jobEnds: boolean): Tally {
  const { succeeded: wereSucceeded = [], failed: wereFailed = [] } = job.status?.uncountedTerminatedPods ?? {};
  const tracked = pods.filter(
    ({ metadata }) => metadata.finalizers?.includes(TRACKING_FINALIZER) === true && !released.has(metadata.uid ?? ''),
  );
  const trackedUids = new Set(tracked.map(({ metadata }) => metadata.uid ?? ''));
  const completions = job.spec.completions ?? 0;
  const completed = new Set(parseIndexes(job.status?.completedIndexes, completions));
  const uncountedSucceeded = wereSucceeded.filter((uid) => trackedUids.has(uid));
  const uncountedFailed = wereFailed.filter((uid) => trackedUids.has(uid));
  const release: Pod[] = [];
  const perIndex = indexTally(job, pods, jobEnds);
  let policyFailure: string | undefined;

  for (const pod of tracked) {
    const uid = pod.metadata.uid ?? '';
    if (uncountedSucceeded.includes(uid) || uncountedFailed.includes(uid)) release.push(pod);
    else if (pod.status?.phase === 'Succeeded') {
      release.push(pod);
      const index = indexOf(pod);
      if (!isIndexed(job)) uncountedSucceeded.push(uid);
      else if (index !== undefined && index < completions) completed.add(index);
    } else if (perIndex.remembered.has(uid)) {
      // It tells the next pod of its index how often that has failed: nobody may remove it before.
    } else if (hasFailed(job, pod) || (jobEnds && !isPodFinished(pod))) {
      release.push(pod);
      const verdict = pod.status?.phase === 'Failed' ? failureActionOf(job, pod) : { action: 'Count' as const };
      if (verdict.action === 'FailJob') policyFailure ??= verdict.message;
      if (verdict.action !== 'Ignore') uncountedFailed.push(uid);
    }
  }
  const countedSucceeded = isIndexed(job)
    ? completed.size
    : (job.status?.succeeded ?? 0) + wereSucceeded.filter((uid) => !trackedUids.has(uid)).length;
  const countedFailed = (job.status?.failed ?? 0) + wereFailed.filter((uid) => !trackedUids.has(uid)).length;
  const active = pods.filter((pod) => !isPodFinished(pod) && !isTerminating(pod));
  return {
    active,
    terminating: pods.filter((pod) => isTerminating(pod) && !isPodFinished(pod)).length,
    ready: active.filter(isReady).length,
    countedSucceeded,
    countedFailed,
    uncountedSucceeded,
    uncountedFailed,
    completedIndexes: isIndexed(job) ? formatIndexes(completed) : undefined,
    failedIndexes: perIndex.failedIndexes,
    lastFailures: perIndex.lastFailures,
    succeeded: countedSucceeded + uncountedSucceeded.length,
    failed: countedFailed + uncountedFailed.length,
    release,
    policyFailure,
  };
}

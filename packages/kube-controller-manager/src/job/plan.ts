import { isTerminating, type Job, type Pod, parseTime } from '@steersman/api';
import { leastUsefulFirst } from '../pods/deletion-order.ts';
import { type Ending, missingIndexes } from './ending.ts';
import { failuresAfter, type IndexFailures, limitsIndexes } from './index-failures.ts';
import { indexOf } from './indexes.ts';
import { isIndexed, replacesOnlyFailed, type Tally } from './tally.ts';

/** So that one job cannot flood the API server; upstream's limit. */
const PODS_PER_PASS_MAX = 500;
/** The pause after a failure, doubled with every further one in a row; upstream's numbers. */
const BACKOFF_BASE_MS = 10_000;
const BACKOFF_MAX_MS = 600_000;

export interface Observed {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly tally: Tally;
  readonly ending: Ending | undefined;
  readonly settled: boolean;
  readonly nowMs: number;
}
export type JobPlan =
  | { readonly kind: 'keep' }
  /** One pod per entry; numbers are completion indexes. Where these have limits, pods remember failures. */
  | {
      readonly kind: 'create';
      readonly indexes: readonly (number | undefined)[];
      readonly failures?: ReadonlyMap<number, IndexFailures>;
    }
  | { readonly kind: 'delete'; readonly pods: readonly Pod[] }
  | { readonly kind: 'wait'; readonly ms: number };

function finishedAt({ metadata, status }: Pod): number {
  const ends = (status?.containerStatuses ?? []).map(({ state }) => parseTime(state?.terminated?.finishedAt ?? ''));
  const known = ends.filter((end) => !Number.isNaN(end));
  return known.length > 0
    ? Math.max(...known)
    : parseTime(metadata.deletionTimestamp ?? metadata.creationTimestamp ?? '') || 0;
}

/** When a pod may follow the last of so many failures in a row. */
function pauseAfter(failures: number, lastMs: number): number {
  return lastMs + Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (failures - 1));
}

/** How long to wait before replacing failed pods: by the failures since the last success. */
export function backoffMs(pods: readonly Pod[], nowMs: number): number {
  const failures = pods.filter(({ status }) => status?.phase === 'Failed').map(finishedAt);
  const lastSuccess = Math.max(
    Number.NEGATIVE_INFINITY,
    ...pods.filter(({ status }) => status?.phase === 'Succeeded').map(finishedAt),
  );
  const since = failures.filter((end) => end >= lastSuccess);
  if (since.length === 0) return 0;
  return Math.max(0, pauseAfter(since.length, Math.max(...since)) - nowMs);
}

function wantedActive(job: Job, { succeeded, active, failedIndexes }: Tally): number {
  const parallelism = job.spec.parallelism ?? 1;
  if (job.spec.completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(parallelism, job.spec.completions - succeeded - (failedIndexes?.size ?? 0)));
}

/** Pods for indexes that have limits of their own: each waits after its own failures only. */
function planLimitedIndexes(job: Job, tally: Tally, count: number, nowMs: number): JobPlan {
  const ready: number[] = [];
  let soonestMs = Number.POSITIVE_INFINITY;
  for (const index of missingIndexes(job, tally, Number.POSITIVE_INFINITY)) {
    if (ready.length === count) break;
    const last = tally.lastFailures.get(index);
    const { counted, ignored } = failuresAfter(job, last);
    const waitMs = last === undefined ? 0 : pauseAfter(counted + ignored, finishedAt(last)) - nowMs;
    if (waitMs <= 0) ready.push(index);
    else soonestMs = Math.min(soonestMs, waitMs);
  }
  if (ready.length === 0) return Number.isFinite(soonestMs) ? { kind: 'wait', ms: soonestMs } : { kind: 'keep' };
  const failures = new Map(ready.map((index) => [index, failuresAfter(job, tally.lastFailures.get(index))]));
  return { kind: 'create', indexes: ready, failures };
}

/** Pods of an index that another pod works on too, or that is out of range. */
function surplusOfIndexes(job: Job, active: readonly Pod[]): readonly Pod[] {
  const seen = new Set<number>();
  return active.filter((pod) => {
    const index = indexOf(pod);
    if (index === undefined || index >= (job.spec.completions ?? 0) || seen.has(index)) return true;
    seen.add(index);
    return false;
  });
}

/** Decides which pods to create or delete now. */
export function planJob({ job, pods, tally, ending, settled, nowMs }: Observed): JobPlan {
  if (!settled || isTerminating(job)) return { kind: 'keep' };
  const { active } = tally;
  const nothingMayRun = ending !== undefined || job.spec.suspend === true;
  if (nothingMayRun)
    return active.length === 0 ? { kind: 'keep' } : { kind: 'delete', pods: active.slice(0, PODS_PER_PASS_MAX) };
  const surplus = isIndexed(job) ? surplusOfIndexes(job, active) : [];
  if (surplus.length > 0) return { kind: 'delete', pods: surplus };
  const wanted = wantedActive(job, tally);
  if (active.length > wanted)
    return {
      kind: 'delete',
      pods: leastUsefulFirst(active, new Map(), nowMs).slice(0, Math.min(active.length - wanted, PODS_PER_PASS_MAX)),
    };
  const leaving = replacesOnlyFailed(job) ? tally.terminating : 0;
  const count = Math.min(wanted - active.length - leaving, PODS_PER_PASS_MAX);
  if (count <= 0) return { kind: 'keep' };
  if (limitsIndexes(job)) return planLimitedIndexes(job, tally, count, nowMs);
  const ms = backoffMs(pods, nowMs);
  if (ms > 0) return { kind: 'wait', ms };
  const indexes = isIndexed(job) ? missingIndexes(job, tally, count) : Array.from({ length: count }, () => undefined);
  return indexes.length === 0 ? { kind: 'keep' } : { kind: 'create', indexes };
}

import type { Job, Pod } from '@steersman/api';
import { jobCondition } from './condition.ts';
import { failureActionOf } from './failure-policy.ts';
import { indexOf, parseIndexes } from './indexes.ts';

/** How often the pods of an index have failed before this one, those that count and those the policy ignores (KEP-3850). */
export const FAILURES_ANNOTATION = 'batch.kubernetes.io/job-index-failure-count';
export const IGNORED_FAILURES_ANNOTATION = 'batch.kubernetes.io/job-index-ignored-failure-count';

export interface IndexFailures {
  readonly counted: number;
  readonly ignored: number;
}
const NONE: IndexFailures = { counted: 0, ignored: 0 };

/** Whether every index of the job has a limit of its own. */
export function limitsIndexes({ spec }: Job): boolean {
  return spec.completionMode === 'Indexed' && spec.backoffLimitPerIndex !== undefined;
}

function countIn({ metadata }: Pod, annotation: string): number {
  const text = metadata.annotations?.[annotation] ?? '';
  return /^\d+$/.test(text) ? Number(text) : 0;
}

/** All failures before this pod. */
function failuresBefore(pod: Pod): number {
  return countIn(pod, FAILURES_ANNOTATION) + countIn(pod, IGNORED_FAILURES_ANNOTATION);
}

const actionOf = (job: Job, pod: Pod) =>
  pod.status?.phase === 'Failed' ? failureActionOf(job, pod).action : ('Count' as const);

/** The failed pod of each index that came last. */
export function lastFailures(failed: readonly Pod[]): ReadonlyMap<number, Pod> {
  const last = new Map<number, Pod>();
  for (const pod of failed) {
    const index = indexOf(pod);
    if (index === undefined) continue;
    const known = last.get(index);
    if (known === undefined || failuresBefore(pod) >= failuresBefore(known)) last.set(index, pod);
  }
  return last;
}

/** What the next pod of an index is to remember: the failures before the last pod, and that pod's own. */
export function failuresAfter(job: Job, last: Pod | undefined): IndexFailures {
  if (last === undefined) return NONE;
  const counted = countIn(last, FAILURES_ANNOTATION);
  const ignored = countIn(last, IGNORED_FAILURES_ANNOTATION);
  return actionOf(job, last) === 'Ignore' ? { counted, ignored: ignored + 1 } : { counted: counted + 1, ignored };
}

function failsItsIndex(job: Job, pod: Pod): boolean {
  const action = actionOf(job, pod);
  if (action === 'FailIndex') return true;
  return action === 'Count' && countIn(pod, FAILURES_ANNOTATION) >= (job.spec.backoffLimitPerIndex ?? 0);
}

/** The indexes that have failed for good; they stand once written, and no more are added to a job that is failing. */
export function failedIndexesOf(job: Job, failed: readonly Pod[]): ReadonlySet<number> {
  const completions = job.spec.completions ?? 0;
  const indexes = new Set(parseIndexes(job.status?.failedIndexes, completions));
  if (jobCondition(job, 'FailureTarget') !== undefined) return indexes;
  for (const pod of failed) {
    const index = indexOf(pod);
    if (index !== undefined && index < completions && failsItsIndex(job, pod)) indexes.add(index);
  }
  return indexes;
}

import { type Job, type Pod, parseTime } from '@steersman/api';
import { jobCondition } from './condition.ts';
import { indexOf, parseIndexes } from './indexes.ts';
import { isIndexed, type Tally } from './tally.ts';

/** Why a job is over; `success` decides between Complete and Failed. Reasons and messages are upstream's. */
export interface Ending {
  readonly success: boolean;
  readonly reason: string;
  readonly message: string;
}

export const DEFAULT_BACKOFF_LIMIT = 6;

export function isJobFinished(job: Job): boolean {
  return jobCondition(job, 'Complete') !== undefined || jobCondition(job, 'Failed') !== undefined;
}

/** Restarts inside running pods count against the limit when containers restart in place. */
function exceedsRestarts(job: Job, active: readonly Pod[]): boolean {
  if (job.spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  const limit = job.spec.backoffLimit ?? DEFAULT_BACKOFF_LIMIT;
  const restarts = active.reduce((sum, { status }) => {
    const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
    return sum + all.reduce((inner, { restartCount }) => inner + restartCount, 0);
  }, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** When the deadline passes, in milliseconds since the epoch; undefined when none runs. */
export function deadlineOf({ spec, status }: Job): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || status?.startTime === undefined || spec.suspend === true)
    return undefined;
  return parseTime(status.startTime) + spec.activeDeadlineSeconds * 1000;
}

function successPolicyMatch(job: Job, tally: Tally): number {
  const completions = job.spec.completions ?? 0;
  const done = parseIndexes(tally.completedIndexes, completions);
  const rules = job.spec.successPolicy?.rules ?? [];
  return rules.findIndex(({ succeededIndexes, succeededCount }) => {
    const considered =
      succeededIndexes === undefined
        ? done
        : new Set([...parseIndexes(succeededIndexes, completions)].filter((index) => done.has(index)));
    if (succeededCount !== undefined) return considered.size >= succeededCount;
    return succeededIndexes !== undefined && considered.size === parseIndexes(succeededIndexes, completions).size;
  });
}

function successOf(job: Job, tally: Tally): Ending | undefined {
  const { completions } = job.spec;
  const rule = isIndexed(job) ? successPolicyMatch(job, tally) : -1;
  if (rule !== -1) return { success: true, reason: 'SuccessPolicy', message: `Matched rules at index ${rule}` };
  const reached =
    completions === undefined ? tally.succeeded > 0 && tally.active.length === 0 : tally.succeeded >= completions;
  return reached
    ? { success: true, reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
    : undefined;
}

/** Too many indexes have failed for good, or all others are done. */
function failedIndexesEnding({ spec }: Job, { failedIndexes, succeeded }: Tally): Ending | undefined {
  const count = failedIndexes?.size ?? 0;
  if (spec.maxFailedIndexes !== undefined && count > spec.maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    return { success: false, reason: 'MaxFailedIndexesExceeded', message };
  }
  if (count === 0 || count + succeeded < (spec.completions ?? 0)) return undefined;
  return { success: false, reason: 'FailedIndexes', message: 'Job has failed indexes' };
}

/** Whether and why the job is over. A decision once written into the status stands. */
export function endingOf(job: Job, tally: Tally, nowMs: number): Ending | undefined {
  const failing = jobCondition(job, 'FailureTarget');
  if (failing !== undefined) return { success: false, reason: failing.reason ?? '', message: failing.message ?? '' };
  const succeeding = jobCondition(job, 'SuccessCriteriaMet');
  if (succeeding !== undefined)
    return { success: true, reason: succeeding.reason ?? '', message: succeeding.message ?? '' };
  if (tally.policyFailure !== undefined)
    return { success: false, reason: 'PodFailurePolicy', message: tally.policyFailure };
  const exceeded =
    tally.failed > (job.spec.backoffLimit ?? DEFAULT_BACKOFF_LIMIT) || exceedsRestarts(job, tally.active);
  if (exceeded)
    return { success: false, reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  const deadline = deadlineOf(job);
  if (deadline !== undefined && nowMs >= deadline)
    return { success: false, reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  return failedIndexesEnding(job, tally) ?? successOf(job, tally);
}

/** Indexes that neither succeeded nor failed nor have a pod at work, lowest first. */
export function missingIndexes(job: Job, tally: Tally, count: number): readonly number[] {
  const completions = job.spec.completions ?? 0;
  const taken = new Set([
    ...parseIndexes(tally.completedIndexes, completions),
    ...(tally.failedIndexes ?? []),
    ...tally.active.map(indexOf).filter((index) => index !== undefined),
  ]);
  const missing: number[] = [];
  for (let index = 0; index < completions && missing.length < count; index += 1)
    if (!taken.has(index)) missing.push(index);
  return missing;
}

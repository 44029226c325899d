import { formatTime, type Job, type JobCondition, type JobStatus } from '@steersman/api';
import type { Ending } from './ending.ts';
import { formatIndexes } from './indexes.ts';
import type { Tally } from './tally.ts';

type Wanted = Omit<JobCondition, 'lastProbeTime' | 'lastTransitionTime'>;

function withCondition(conditions: readonly JobCondition[], wanted: Wanted, nowMs: number): readonly JobCondition[] {
  const known = conditions.find(({ type }) => type === wanted.type);
  if (known !== undefined && known.status === wanted.status && known.reason === wanted.reason) return conditions;
  const now = formatTime(nowMs);
  const condition = { ...wanted, lastProbeTime: now, lastTransitionTime: now };
  return [...conditions.filter(({ type }) => type !== wanted.type), condition];
}

function suspendedCondition(job: Job, nowMs: number): readonly JobCondition[] {
  const conditions = job.status?.conditions ?? [];
  const known = conditions.find(({ type }) => type === 'Suspended');
  if (job.spec.suspend === true)
    return withCondition(
      conditions,
      { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' },
      nowMs,
    );
  if (known?.status !== 'True') return conditions;
  return withCondition(
    conditions,
    { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' },
    nowMs,
  );
}

/** Whether the last pods have gone, so that the end can be written. */
export function mayFinish(tally: Tally): boolean {
  return (
    tally.active.length === 0 &&
    tally.terminating === 0 &&
    tally.uncountedSucceeded.length === 0 &&
    tally.uncountedFailed.length === 0 &&
    tally.release.length === 0
  );
}

function endConditions(
  conditions: readonly JobCondition[],
  ending: Ending,
  tally: Tally,
  nowMs: number,
): readonly JobCondition[] {
  const { success, reason, message } = ending;
  const interim = withCondition(
    conditions,
    { type: success ? 'SuccessCriteriaMet' : 'FailureTarget', status: 'True', reason, message },
    nowMs,
  );
  return mayFinish(tally)
    ? withCondition(interim, { type: success ? 'Complete' : 'Failed', status: 'True', reason, message }, nowMs)
    : interim;
}

/** The start counts from the first pass, and anew after a suspension. */
function startTimeOf(job: Job, nowMs: number): string | undefined {
  if (job.spec.suspend === true) return undefined;
  return job.status?.startTime ?? formatTime(nowMs);
}

/** The status that a tally amounts to; `activeChange` is what this pass created or deleted. */
export function statusOf(
  job: Job,
  tally: Tally,
  ending: Ending | undefined,
  activeChange: number,
  nowMs: number,
): JobStatus {
  const suspended = suspendedCondition(job, nowMs);
  const conditions = ending === undefined ? suspended : endConditions(suspended, ending, tally, nowMs);
  const finished = ending !== undefined && mayFinish(tally);
  const active = Math.max(0, tally.active.length + activeChange);
  const uncounted = tally.uncountedSucceeded.length + tally.uncountedFailed.length > 0;
  const startTime = startTimeOf(job, nowMs);
  return {
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(finished && ending.success ? { completionTime: formatTime(nowMs) } : {}),
    ...(active === 0 ? {} : { active }),
    ...(tally.countedSucceeded === 0 ? {} : { succeeded: tally.countedSucceeded }),
    ...(tally.countedFailed === 0 ? {} : { failed: tally.countedFailed }),
    terminating: tally.terminating,
    ...(tally.completedIndexes === undefined || tally.completedIndexes === ''
      ? {}
      : { completedIndexes: tally.completedIndexes }),
    ...(tally.failedIndexes === undefined ? {} : { failedIndexes: formatIndexes(tally.failedIndexes) }),
    uncountedTerminatedPods: uncounted ? { succeeded: tally.uncountedSucceeded, failed: tally.uncountedFailed } : {},
    ready: tally.ready,
  };
}

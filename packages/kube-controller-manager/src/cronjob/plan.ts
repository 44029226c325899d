import { type CronJob, isTerminating, type Job, parseTime } from '@steersman/api';
import { isJobFinished } from '../job/ending.ts';
import { nextTime, type Schedule, type ZoneOffset } from './schedule.ts';

/** More missed starts than this and someone should look at the clocks; upstream's limit. */
const MISSED_STARTS_MAX = 100;

/** What the schedule says now. */
export interface Due {
  /** The latest time that has come and was not started; undefined when there is none. */
  readonly scheduledMs: number | undefined;
  readonly nextMs: number | undefined;
  readonly tooManyMissed: boolean;
}

function lastStart({ metadata, spec, status }: CronJob, nowMs: number): number {
  const since = parseTime(status?.lastScheduleTime ?? metadata.creationTimestamp ?? '') || nowMs;
  const deadline = spec.startingDeadlineSeconds;
  return deadline === undefined ? since : Math.max(since, nowMs - deadline * 1000);
}

/** Finds the latest missed time and the next one. */
export function dueOf(cronJob: CronJob, schedule: Schedule, offset: ZoneOffset, nowMs: number): Due {
  let scheduledMs: number | undefined;
  let missed = 0;
  let next = nextTime(schedule, lastStart(cronJob, nowMs), offset);
  while (next !== undefined && next <= nowMs) {
    scheduledMs = next;
    missed += 1;
    // After many misses only the latest matters: look again from just before now.
    if (missed > MISSED_STARTS_MAX) {
      const period = (nextTime(schedule, next, offset) ?? next) - next;
      next = nextTime(schedule, Math.max(next, nowMs - 2 * period), offset);
      while (next !== undefined && next <= nowMs) {
        scheduledMs = next;
        next = nextTime(schedule, next, offset);
      }
      break;
    }
    next = nextTime(schedule, next, offset);
  }
  return {
    scheduledMs,
    nextMs: next,
    tooManyMissed: missed > MISSED_STARTS_MAX && cronJob.spec.startingDeadlineSeconds === undefined,
  };
}

export type Start =
  | { readonly kind: 'none' }
  | { readonly kind: 'late' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'start'; readonly scheduledMs: number; readonly replace: readonly Job[] };

/** Whether a job starts now: not when suspended, too late, or another still runs and may not be joined. */
export function planStart(
  cronJob: CronJob,
  scheduledMs: number | undefined,
  active: readonly Job[],
  nowMs: number,
): Start {
  const { suspend, startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
  if (scheduledMs === undefined || suspend === true || isTerminating(cronJob)) return { kind: 'none' };
  if (startingDeadlineSeconds !== undefined && scheduledMs + startingDeadlineSeconds * 1000 < nowMs)
    return { kind: 'late' };
  if (concurrencyPolicy === 'Forbid' && active.length > 0) return { kind: 'busy' };
  return { kind: 'start', scheduledMs, replace: concurrencyPolicy === 'Replace' ? active : [] };
}

function startedAt({ metadata, status }: Job): number {
  return parseTime(status?.startTime ?? metadata.creationTimestamp ?? '') || 0;
}
function succeeded({ status }: Job): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Complete' && value === 'True') === true;
}

/** Finished jobs beyond the history limits, oldest first. */
export function surplusHistory(cronJob: CronJob, jobs: readonly Job[]): readonly Job[] {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec;
  const finished = jobs
    .filter((job) => isJobFinished(job) && !isTerminating(job))
    .toSorted((a, b) => startedAt(a) - startedAt(b));
  const beyond = (some: readonly Job[], limit: number) => some.slice(0, Math.max(0, some.length - limit));
  return [
    ...beyond(finished.filter(succeeded), successfulJobsHistoryLimit),
    ...beyond(
      finished.filter((job) => !succeeded(job)),
      failedJobsHistoryLimit,
    ),
  ];
}

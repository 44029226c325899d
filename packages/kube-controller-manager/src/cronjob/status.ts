/** The status of a CronJob: which of its jobs run, and when the last ones began and succeeded. */
import { type CronJob, formatTime, type Job, nameOf, namespaceOf } from '@steersman/api';
import { same } from '../controller/same.ts';
import type { Start } from './plan.ts';

type Status = NonNullable<CronJob['status']>;

export interface Observed {
  readonly owned: readonly Job[];
  /** Those that run after this pass. */
  readonly active: readonly Job[];
  readonly plan: Start;
}

export function statusOf({ status }: CronJob, { owned, active, plan }: Observed): Status {
  const lastScheduleTime = plan.kind === 'start' ? formatTime(plan.scheduledMs) : status?.lastScheduleTime;
  const completions = owned.map((job) => job.status?.completionTime).filter((time) => time !== undefined);
  const lastSuccessfulTime = completions.toSorted().at(-1) ?? status?.lastSuccessfulTime;
  return {
    ...(active.length === 0 ? {} : { active: active.map(referenceTo) }),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
  };
}

/** Versions of jobs change all the time and tell nothing: of references only the UIDs count. */
export function saysTheSame(a: Status, b: Status | undefined): boolean {
  const uids = (status: Status | undefined) => (status?.active ?? []).map(({ uid }) => uid);
  return same({ ...a, active: uids(a) }, { ...b, active: uids(b) });
}

function referenceTo(job: Job): NonNullable<NonNullable<CronJob['status']>['active']>[number] {
  const { uid, resourceVersion } = job.metadata;
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    namespace: namespaceOf(job),
    name: nameOf(job),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

import {
  type CronJob,
  formatTime,
  isAlreadyExists,
  isNotFound,
  type Job,
  keyOf,
  nameOf,
  namespaceOf,
  ownerReferenceTo,
  Resources,
} from '@steersman/api';
import type { Informer } from '@steersman/client';
import type { NextPass, Reconcile } from '@steersman/machinery';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { controllerKeyOf } from '../controller/ownership.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { same } from '../controller/same.ts';
import { isJobFinished } from '../job/ending.ts';
import { jobInformer } from '../job/job-view.ts';
import { messageOf } from '../pods/pod-control.ts';
import { withoutManagedFields } from '../pods/pod-view.ts';
import { dueOf, planStart, surplusHistory } from './plan.ts';
import { parseSchedule, ScheduleError, utc, zoneOffset } from './schedule.ts';

const SCHEDULED_ANNOTATION = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** A little after the minute, so that a clock that is read early does not miss it. */
const AFTER_SCHEDULE_MS = 100;
/** The longest that a timer is set for; the schedule is then looked at again. */
const NEXT_PASS_MAX_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;

/** The job of one scheduled time; its name follows from it, so a second start of the same time finds it taken. */
export function jobFor(cronJob: CronJob, scheduledMs: number): Job {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${nameOf(cronJob)}-${Math.floor(scheduledMs / MINUTE_MS)}`,
      namespace: namespaceOf(cronJob),
      ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: { ...metadata?.annotations, [SCHEDULED_ANNOTATION]: formatTime(scheduledMs) },
      ownerReferences: [ownerReferenceTo(cronJob, Resources.cronJobs)],
    },
    spec: spec as Job['spec'],
  };
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

/** One pass over one CronJob: trims history, starts what is due, and keeps the list of active jobs. */
export function cronJobReconciler(
  context: ControllerContext,
  cronJobs: Informer<CronJob>,
  jobs: Informer<Job>,
): Reconcile {
  const { client, effects } = context;
  const own = client.resource(Resources.cronJobs);
  const jobClient = client.resource(Resources.jobs);
  const events = context.events('cronjob-controller');

  async function remove(cronJob: CronJob, job: Job, signal: AbortSignal): Promise<void> {
    try {
      await jobClient.delete(
        { namespace: namespaceOf(job), name: nameOf(job) },
        { propagationPolicy: 'Background', signal },
      );
      events.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${nameOf(job)}`);
    } catch (error) {
      if (isNotFound(error)) return;
      events.event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`);
      throw error;
    }
  }

  async function start(cronJob: CronJob, scheduledMs: number, signal: AbortSignal): Promise<Job | undefined> {
    try {
      const created = await jobClient.create(jobFor(cronJob, scheduledMs), { signal });
      events.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${nameOf(created)}`);
      return created;
    } catch (error) {
      if (isAlreadyExists(error)) return undefined; // Started by an earlier pass whose status write was lost.
      events.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
      throw error;
    }
  }

  function completionsOf(cronJob: CronJob, owned: readonly Job[]): string | undefined {
    for (const { uid } of cronJob.status?.active ?? []) {
      const job = owned.find(({ metadata }) => metadata.uid === uid);
      if (job === undefined || !isJobFinished(job)) continue;
      const outcome = job.status?.conditions?.find(
        ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
      );
      events.event(
        cronJob,
        'Normal',
        'SawCompletedJob',
        `Saw completed job: ${nameOf(job)}, condition: ${outcome?.type}`,
      );
    }
    const times = owned.map(({ status }) => status?.completionTime).filter((time) => time !== undefined);
    return times.toSorted().at(-1) ?? cronJob.status?.lastSuccessfulTime;
  }

  /** What is due by the schedule; a schedule that cannot be read is told once and waits for a change. */
  function scheduleOf(cronJob: CronJob, nowMs: number) {
    try {
      const offset = cronJob.spec.timeZone === undefined ? utc : zoneOffset(cronJob.spec.timeZone);
      return dueOf(cronJob, parseSchedule(cronJob.spec.schedule), offset, nowMs);
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      events.event(
        cronJob,
        'Warning',
        'UnparseableSchedule',
        `unparseable schedule: ${cronJob.spec.schedule} : ${error.message}`,
      );
      return undefined;
    }
  }

  return async function reconcileCronJob(key, signal): Promise<NextPass> {
    const cronJob = cronJobs.get(key) as CronJob | undefined;
    if (cronJob === undefined) return 'on-change';
    const nowMs = effects.clock.now();
    const owned = jobs.byIndex('controller', cronJob.metadata.uid ?? '') as readonly Job[];
    for (const job of surplusHistory(cronJob, owned)) await remove(cronJob, job, signal);
    let active = owned.filter((job) => !isJobFinished(job));
    const due = scheduleOf(cronJob, nowMs);
    const plan = planStart(cronJob, due?.scheduledMs, active, nowMs);
    let { lastScheduleTime } = cronJob.status ?? {};
    if (due?.tooManyMissed === true)
      events.event(
        cronJob,
        'Warning',
        'TooManyMissedTimes',
        'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      );
    if (plan.kind === 'late')
      events.event(
        cronJob,
        'Warning',
        'MissSchedule',
        `Missed scheduled time to start a job: ${formatTime(due?.scheduledMs ?? nowMs)}`,
      );
    if (plan.kind === 'busy')
      events.event(
        cronJob,
        'Normal',
        'JobAlreadyActive',
        'Not starting job because prior execution is running and concurrency policy is Forbid',
      );
    if (plan.kind === 'start') {
      for (const job of plan.replace) await remove(cronJob, job, signal);
      active = active.filter((job) => !plan.replace.includes(job));
      const started = await start(cronJob, plan.scheduledMs, signal);
      if (started !== undefined) active = [...active, started];
      lastScheduleTime = formatTime(plan.scheduledMs);
    }
    const lastSuccessfulTime = completionsOf(cronJob, owned);
    const references = active.map(referenceTo);
    const status = {
      ...(references.length === 0 ? {} : { active: references }),
      ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
      ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    };
    const uids = (list: readonly { readonly uid?: string | undefined }[] | undefined) =>
      (list ?? []).map(({ uid }) => uid);
    const unchanged = same(
      { ...status, active: uids(status.active) },
      { ...cronJob.status, active: uids(cronJob.status?.active) },
    );
    if (!unchanged) await own.updateStatus({ ...cronJob, status }, { signal });
    if (due?.nextMs === undefined || cronJob.spec.suspend === true) return 'on-change';
    return { afterMs: Math.min(NEXT_PASS_MAX_MS, Math.max(0, due.nextMs - nowMs) + AFTER_SCHEDULE_MS) };
  };
}

export const cronJobController: Controller = {
  name: 'cronjob-controller',
  alias: 'cronjob',
  account: 'cronjob-controller',
  async run(context, signal) {
    const { informers, config } = context;
    const cronJobs = informers.informer(Resources.cronJobs, { project: withoutManagedFields<CronJob> });
    const jobs = jobInformer(informers);
    await runLoop(
      context,
      {
        name: 'cronjob',
        concurrencyMax: config.concurrentCronJobSyncs,
        reconcile: cronJobReconciler(context, cronJobs, jobs),
        connect: (queue) => {
          enqueueOn(cronJobs, queue, (change) => [keyOf(objectOf(change))]);
          enqueueOn(jobs, queue, (change) => {
            const owner = controllerKeyOf(objectOf(change), 'CronJob');
            return owner === undefined ? [] : [owner];
          });
        },
      },
      signal,
    );
  },
};

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
import { isJobFinished } from '../job/ending.ts';
import { jobInformer } from '../job/job-view.ts';
import { messageOf } from '../pods/pod-control.ts';
import { withoutManagedFields } from '../pods/pod-view.ts';
import { type Due, dueOf, planStart, type Start, surplusHistory } from './plan.ts';
import { parseSchedule, ScheduleError, utc, zoneOffset } from './schedule.ts';
import { saysTheSame, statusOf } from './status.ts';

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

  function announceCompletions(cronJob: CronJob, owned: readonly Job[]): void {
    for (const { uid } of cronJob.status?.active ?? []) {
      const job = owned.find(({ metadata }) => metadata.uid === uid);
      if (job === undefined || !isJobFinished(job)) continue;
      const outcome = job.status?.conditions?.find(
        ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
      );
      const message = `Saw completed job: ${nameOf(job)}, condition: ${outcome?.type}`;
      events.event(cronJob, 'Normal', 'SawCompletedJob', message);
    }
  }

  /** What is due by the schedule; a schedule that cannot be read is told once and waits for a change. */
  function scheduleOf(cronJob: CronJob, nowMs: number): Due | undefined {
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

  /** Why a start that was due did not happen. */
  function announceOmissions(cronJob: CronJob, due: Due | undefined, plan: Start, nowMs: number): void {
    if (due?.tooManyMissed === true)
      events.event(
        cronJob,
        'Warning',
        'TooManyMissedTimes',
        'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      );
    if (plan.kind === 'late') {
      const message = `Missed scheduled time to start a job: ${formatTime(due?.scheduledMs ?? nowMs)}`;
      events.event(cronJob, 'Warning', 'MissSchedule', message);
    }
    if (plan.kind === 'busy')
      events.event(
        cronJob,
        'Normal',
        'JobAlreadyActive',
        'Not starting job because prior execution is running and concurrency policy is Forbid',
      );
  }

  /** Makes way for the job that is due and starts it; returns the jobs that are active then. */
  async function perform(
    cronJob: CronJob,
    plan: Start,
    active: readonly Job[],
    signal: AbortSignal,
  ): Promise<readonly Job[]> {
    if (plan.kind !== 'start') return active;
    for (const job of plan.replace) await remove(cronJob, job, signal);
    const started = await start(cronJob, plan.scheduledMs, signal);
    const left = active.filter((job) => !plan.replace.includes(job));
    return started === undefined ? left : [...left, started];
  }

  return async function reconcileCronJob(key, signal): Promise<NextPass> {
    const cronJob = cronJobs.get(key) as CronJob | undefined;
    if (cronJob === undefined) return 'on-change';
    const nowMs = effects.clock.now();
    const owned = jobs.byIndex('controller', cronJob.metadata.uid ?? '') as readonly Job[];
    for (const job of surplusHistory(cronJob, owned)) await remove(cronJob, job, signal);
    const active = owned.filter((job) => !isJobFinished(job));
    const due = scheduleOf(cronJob, nowMs);
    const plan = planStart(cronJob, due?.scheduledMs, active, nowMs);
    announceOmissions(cronJob, due, plan, nowMs);
    const activeNow = await perform(cronJob, plan, active, signal);
    announceCompletions(cronJob, owned);
    const status = statusOf(cronJob, { owned, active: activeNow, plan });
    if (!saysTheSame(status, cronJob.status)) await own.updateStatus({ ...cronJob, status }, { signal });
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

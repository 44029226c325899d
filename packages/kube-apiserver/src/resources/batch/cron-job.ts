/** CronJobs. */
import { type CronJob, type FieldError, type FieldPath, fieldErrors, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { empty, nonNegative, requiredOneOf } from '../checks.ts';
import { age, ageColumn, containerColumns, integer, nameColumn, selectorText, text } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';
import { defaultJobSpec } from './job.ts';
import { validateJobSpec } from './job-validation.ts';
import { scheduleProblem } from './schedule.ts';

const SPEC = path('spec');
/** The controller appends 11 characters to the name for each job. */
const NAME_LENGTH_MAX = 52;

export const cronJob: Strategy<CronJob> = {
  validated: true,
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    // Upstream defaults the pod template inside, and leaves the counts to the Job that is made from it.
    if (spec.jobTemplate?.spec !== undefined) defaultTemplateOnly(spec.jobTemplate.spec);
  },
  ...specAndStatus<CronJob>(() => ({})),
  validate,
  validateUpdate: validate,
  columns: [
    nameColumn(),
    text('Schedule', 'When, as cron writes it.', ({ spec }) => spec.schedule),
    text('Timezone', 'Where the clock hangs.', ({ spec }) => spec.timeZone ?? '<none>'),
    text('Suspend', 'Whether it is paused.', ({ spec }) => (spec.suspend === true ? 'True' : 'False')),
    integer('Active', 'Jobs under way.', ({ status }) => status?.active?.length ?? 0),
    text('Last Schedule', 'How long ago a job was started.', ({ status }, now) =>
      status?.lastScheduleTime ? age(status.lastScheduleTime, now) : '<none>',
    ),
    ageColumn(),
    ...containerColumns<CronJob>(({ spec }) => spec.jobTemplate?.spec?.template),
    text('Selector', 'Which pods belong to it.', ({ spec }) => selectorText(spec.jobTemplate?.spec?.selector), 1),
  ],
};

type JobSpecDraft = Parameters<typeof defaultJobSpec>[0];

function defaultTemplateOnly(spec: JobSpecDraft): void {
  const copy = { ...spec };
  defaultJobSpec(copy);
  if (copy.template !== undefined) spec.template = copy.template;
}

function validate({ spec, metadata }: CronJob): FieldError[] {
  const errors: FieldError[] = [];
  if ((metadata.name ?? '').length > NAME_LENGTH_MAX)
    errors.push(
      fieldErrors.invalid(
        path('metadata', 'name'),
        metadata.name,
        `must be no more than ${NAME_LENGTH_MAX} characters`,
      ),
    );
  errors.push(...validateSchedule(spec, SPEC.child('schedule')));
  errors.push(...nonNegative(spec.startingDeadlineSeconds, SPEC.child('startingDeadlineSeconds')));
  if (spec.timeZone !== undefined) errors.push(...validateTimeZone(spec.timeZone, SPEC.child('timeZone')));
  errors.push(
    ...requiredOneOf(spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'], SPEC.child('concurrencyPolicy')),
  );
  errors.push(...validateJobSpec(spec.jobTemplate.spec ?? ({} as never), SPEC.child('jobTemplate', 'spec')));
  errors.push(...nonNegative(spec.successfulJobsHistoryLimit, SPEC.child('successfulJobsHistoryLimit')));
  errors.push(...nonNegative(spec.failedJobsHistoryLimit, SPEC.child('failedJobsHistoryLimit')));
  return errors;
}

function validateSchedule(spec: CronJob['spec'], at: FieldPath): FieldError[] {
  if (empty(spec.schedule)) return [fieldErrors.required(at, '')];
  const problem = scheduleProblem(spec.schedule);
  if (problem !== undefined) return [fieldErrors.invalid(at, spec.schedule, problem)];
  if (spec.schedule.includes('TZ'))
    return [fieldErrors.invalid(at, spec.schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
  return [];
}

function validateTimeZone(zone: string, at: FieldPath): FieldError[] {
  if (zone === '') return [fieldErrors.invalid(at, zone, 'timeZone must be nil or non-empty string')];
  if (zone.toLowerCase() === 'local')
    return [
      fieldErrors.invalid(
        at,
        zone,
        'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ),
    ];
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return [];
  } catch {
    return [fieldErrors.invalid(at, zone, `unknown time zone ${zone}`)];
  }
}

/** CronJobs. */
import { type CronJob, type FieldError, type FieldPath, fieldErrors, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { templateWarnings } from '../apps/workload.ts';
import { empty, nonNegative, oneOfListed } from '../checks.ts';
import { age, ageColumn, containerColumns, integer, nameColumn, selectorText, text } from '../columns.ts';
import { specAndStatus, withTemplate } from '../preparation.ts';
import { defaultJobSpec, hostnameWarnings } from './job.ts';
import { validateJobSpec } from './job-validation.ts';
import { scheduleProblem } from './schedule.ts';

const SPEC = path('spec');
const TEMPLATE = SPEC.child('jobTemplate', 'spec', 'template');
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
  ...withTemplate(
    specAndStatus<CronJob>(() => ({})),
    ({ spec }) => spec?.jobTemplate?.spec?.template,
  ),
  validate: validateCreate,
  validateUpdate: validate,
  warnings: (object, old) => [
    ...(old === undefined ? hostnameWarnings(object.metadata.name) : []),
    ...templateWarnings(object, old, object.spec.jobTemplate?.spec?.template, TEMPLATE),
  ],
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

function validateCreate(object: CronJob): FieldError[] {
  const { name = '' } = object.metadata;
  const detail = `must be no more than ${NAME_LENGTH_MAX} characters`;
  const long = name.length > NAME_LENGTH_MAX ? [fieldErrors.invalid(path('metadata', 'name'), name, detail)] : [];
  return [...validate(object, undefined), ...long];
}

function validate({ spec }: CronJob, old: CronJob | undefined): FieldError[] {
  const template = SPEC.child('jobTemplate', 'spec');
  const jobSpec = spec.jobTemplate?.spec ?? ({} as NonNullable<CronJob['spec']['jobTemplate']['spec']>);
  return [
    ...validateSchedule(spec, old, SPEC.child('schedule')),
    ...nonNegative(spec.startingDeadlineSeconds, SPEC.child('startingDeadlineSeconds')),
    ...(spec.timeZone === undefined || spec.timeZone === old?.spec.timeZone
      ? []
      : validateTimeZone(spec.timeZone, SPEC.child('timeZone'))),
    ...validateConcurrency(spec.concurrencyPolicy, SPEC.child('concurrencyPolicy')),
    ...validateJobSpec(jobSpec, template),
    ...(jobSpec.selector === undefined
      ? []
      : [fieldErrors.invalid(template.child('selector'), jobSpec.selector, '`selector` will be auto-generated')]),
    ...(jobSpec.manualSelector === true
      ? [fieldErrors.notSupported(template.child('manualSelector'), true, ['nil', 'false'])]
      : []),
    ...nonNegative(spec.successfulJobsHistoryLimit, SPEC.child('successfulJobsHistoryLimit')),
    ...nonNegative(spec.failedJobsHistoryLimit, SPEC.child('failedJobsHistoryLimit')),
  ];
}

function validateConcurrency(policy: string | undefined, at: FieldPath): FieldError[] {
  return empty(policy) ? [fieldErrors.required(at, '')] : oneOfListed(policy, ['Allow', 'Forbid', 'Replace'], at);
}

/** A schedule that has carried its zone since before `timeZone` existed may keep it. */
function validateSchedule(spec: CronJob['spec'], old: CronJob | undefined, at: FieldPath): FieldError[] {
  if (empty(spec.schedule)) return [fieldErrors.required(at, '')];
  const problem = scheduleProblem(spec.schedule);
  const errors = problem === undefined ? [] : [fieldErrors.invalid(at, spec.schedule, problem)];
  if (!spec.schedule.includes('TZ')) return errors;
  const kept = old?.spec.schedule.includes('TZ') === true;
  const detail = kept
    ? 'cannot use both timeZone field and TZ or CRON_TZ in schedule'
    : 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  return kept && spec.timeZone === undefined ? errors : [...errors, fieldErrors.invalid(at, spec.schedule, detail)];
}

/** Parts of zone names, in the time zone database's own rules; digits and `+` for its old names. */
const ZONE_PART = /^[A-Za-z._0-9+-]{1,14}$/;

function validateTimeZone(zone: string, at: FieldPath): FieldError[] {
  if (zone === '') return [fieldErrors.invalid(at, zone, 'timeZone must be nil or non-empty string')];
  const unknown = fieldErrors.invalid(at, zone, `unknown time zone ${zone}`);
  const malformed = zone
    .split('/')
    .some((part) => part === '.' || part === '..' || part.startsWith('-') || !ZONE_PART.test(part));
  if (malformed) return [unknown];
  const explicit = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  // Go reads "Local" as the zone of its host, whatever that is.
  if (zone === 'Local') return [fieldErrors.invalid(at, zone, explicit)];
  const errors = zone.toLowerCase() === 'local' ? [fieldErrors.invalid(at, zone, explicit)] : [];
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return errors;
  } catch {
    return [...errors, unknown];
  }
}

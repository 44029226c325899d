/** Jobs. */
import { type Draft, humanDuration, type Job, names, parseTime } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { templateWarnings } from '../apps/workload.ts';
import { age, ageColumn, containerColumns, nameColumn, selectorText, text } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { specAndStatus, withTemplate } from '../preparation.ts';
import { validateJobStatus } from './job-status.ts';
import { validateJobUpdate } from './job-update.ts';
import { NAME_LABEL, UID_LABEL, validateJob } from './job-validation.ts';

const UID_LABELS = [UID_LABEL, 'controller-uid'];
const NAME_LABELS = [NAME_LABEL, 'job-name'];
const BACKOFF_LIMIT_DEFAULT = 6;
const BACKOFF_LIMIT_UNBOUNDED = 2147483647;

const preparation = withTemplate(
  specAndStatus<Job>(() => ({})),
  ({ spec }) => spec?.template,
);

export const job: Strategy<Job> = {
  validated: true,
  defaults: ({ spec }) => {
    if (spec !== undefined) defaultJobSpec(spec);
  },
  prepareForCreate(draft, context) {
    preparation.prepareForCreate(draft, context);
    if (draft.spec.manualSelector !== true) generateSelector(draft);
  },
  prepareForUpdate: preparation.prepareForUpdate,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  status: { validateUpdate: validateJobStatus },
  warnings: jobWarnings,
  columns: [
    nameColumn(),
    text('Status', 'What became of it.', statusText),
    text('Completions', 'Successes of the wanted ones.', completionsText),
    text('Duration', 'How long it took, or has taken.', durationText),
    ageColumn(),
    ...containerColumns<Job>(({ spec }) => spec.template),
    text('Selector', 'Which pods belong to it.', ({ spec }) => selectorText(spec.selector), 1),
  ],
  selectable: {
    reads: ['status.succeeded'],
    fields: ({ status }) => ({ 'status.successful': String(status?.succeeded ?? 0) }),
  },
};

export function defaultJobSpec(spec: Draft<Job>['spec']): void {
  // Neither given: one pod that must succeed. Only parallelism given: a work queue.
  if (spec.completions === undefined && spec.parallelism === undefined) {
    spec.completions = 1;
    spec.parallelism = 1;
  }
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT_DEFAULT : BACKOFF_LIMIT_UNBOUNDED;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  for (const rule of spec.podFailurePolicy?.rules ?? [])
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  defaultPodTemplate(spec.template);
}

/** Each Job selects its own pods by its uid, which nobody can guess or reuse. */
function generateSelector(draft: Draft<Job>): void {
  const { spec, metadata } = draft;
  const uid = metadata.uid ?? '';
  const name = metadata.name ?? '';
  const template = spec.template as Draft<NonNullable<Job['spec']['template']>>;
  template.metadata ??= {};
  const labels: Record<string, string> = { ...(template.metadata.labels ?? {}) };
  for (const label of UID_LABELS) labels[label] ??= uid;
  for (const label of NAME_LABELS) labels[label] ??= name;
  template.metadata.labels = labels;
  spec.selector ??= {};
  spec.selector.matchLabels ??= {};
  spec.selector.matchLabels[UID_LABEL] ??= uid;
}

// Beyond both, the set of completed indexes may outgrow the status.
const COMPLETIONS_HIGH = 100_000;
const PARALLELISM_HIGH = 10_000;

function jobWarnings(object: Job, old: Job | undefined): readonly string[] {
  const { metadata, spec } = object;
  const large = (spec.completions ?? 0) > COMPLETIONS_HIGH && (spec.parallelism ?? 0) > PARALLELISM_HIGH;
  const untrackable =
    'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
  return [
    ...(old === undefined ? hostnameWarnings(metadata.name) : []),
    ...(large ? [untrackable] : []),
    ...templateWarnings(object, old, spec.template),
  ];
}

/** The name is the beginning of the pods' host names, which are labels. */
export function hostnameWarnings(name = ''): readonly string[] {
  const messages = names.dns1123Label(name);
  const head =
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended';
  return messages.length === 0 ? [] : [`${head}: [${messages.join(' ')}]`];
}

function hasCondition({ status }: Job, wanted: string): boolean {
  return status?.conditions?.some((condition) => condition.type === wanted && condition.status === 'True') ?? false;
}

function statusText(object: Job): string {
  if (hasCondition(object, 'Complete')) return 'Complete';
  if (hasCondition(object, 'Failed')) return 'Failed';
  if (object.metadata.deletionTimestamp) return 'Terminating';
  if (hasCondition(object, 'Suspended')) return 'Suspended';
  if (hasCondition(object, 'FailureTarget')) return 'FailureTarget';
  return hasCondition(object, 'SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completionsText({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: Job, now: number): string {
  if (!status?.startTime) return '';
  if (!status.completionTime) return age(status.startTime, now);
  return humanDuration(parseTime(status.completionTime) - parseTime(status.startTime));
}

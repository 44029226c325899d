/** What a Job may look like. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  internalForm,
  type Job,
  labelSelectorMatcher,
  names,
  path,
} from '@steersman/api';
import { domainPrefixedPath, invalidFor, nonNegative, oneOfListed } from '../checks.ts';
import { validatePodTemplate } from '../pod-spec/pod-spec.ts';
import { validateLabelSelector } from '../selectors.ts';
import { validateFailurePolicy, validateReplacementPolicy, validateSuccessPolicy } from './job-policies.ts';

type Spec = Job['spec'];
export const SPEC = path('spec');
// Upstream's bounds: with more indexes, their sets do not fit into the status.
const INDEXED_PARALLELISM_MAX = 100_000;
const FAILED_INDEXES_MAX = 100_000;
const COMPLETIONS_HIGH = 100_000;
const HIGH_PARALLELISM_MAX = 10_000;
const HIGH_FAILED_INDEXES_MAX = 10_000;
const MANAGED_BY_LENGTH_MAX = 63;
/** Labels of a job's pods that the server makes, the old ones first. */
const LEGACY_UID_LABEL = 'controller-uid';
const LEGACY_NAME_LABEL = 'job-name';
export const UID_LABEL = 'batch.kubernetes.io/controller-uid';
export const NAME_LABEL = 'batch.kubernetes.io/job-name';

export function validateJob(object: Job): FieldError[] {
  return [
    ...validateGeneratedSelector(object),
    ...validateSelectedSpec(object.spec, SPEC),
    ...validateHostnames(object),
  ];
}

/** Labels and selector that the server makes must not be forged; a selector made by hand is the user's business. */
function validateGeneratedSelector({ spec, metadata }: Job): FieldError[] {
  if (spec.manualSelector === true || spec.selector === undefined) return [];
  const { uid = '', name = '' } = metadata;
  const labels = spec.template?.metadata?.labels ?? {};
  const at = SPEC.child('template', 'metadata', 'labels');
  const expected = {
    [LEGACY_UID_LABEL]: uid,
    [LEGACY_NAME_LABEL]: name,
    [UID_LABEL]: uid,
    [NAME_LABEL]: name,
  };
  const errors = uid === '' ? [fieldErrors.required(path('metadata', 'uid'), '')] : [];
  for (const [label, value] of Object.entries(expected)) {
    if (labels[label] === undefined) errors.push(fieldErrors.required(at.key(label), `must be '${value}'`));
    else if (labels[label] !== value) errors.push(fieldErrors.invalid(at.key(label), labels, `must be '${value}'`));
  }
  if (!selects(spec.selector, expected))
    errors.push(fieldErrors.invalid(SPEC.child('selector'), spec.selector, '`selector` not auto-generated'));
  return errors;
}

/** A malformed selector is reported on its own; it counts as matching. */
function selects(selector: Spec['selector'], labels: Readonly<Record<string, string>>): boolean {
  try {
    return labelSelectorMatcher(selector).matches(labels);
  } catch {
    return true;
  }
}

/** Pods of an indexed job have the index in their host name. */
function validateHostnames({ spec, metadata }: Job): FieldError[] {
  if (spec.completionMode !== 'Indexed' || (spec.completions ?? 0) <= 0) return [];
  const hostname = `${metadata.name}-${(spec.completions ?? 0) - 1}`;
  if (names.dns1123Label(hostname).length === 0) return [];
  const detail = `will not able to create pod with invalid DNS label: ${hostname}`;
  return [fieldErrors.invalid(path('metadata', 'name'), metadata.name, detail)];
}

/** The spec of a Job, whose selector has to find the job's pods. */
export function validateSelectedSpec(spec: Spec, at: FieldPath): FieldError[] {
  const labels = spec.template?.metadata?.labels;
  const mismatch = '`selector` does not match template `labels`';
  return [
    ...validateJobSpec(spec, at),
    ...(spec.selector === undefined
      ? [fieldErrors.required(at.child('selector'), '')]
      : validateLabelSelector(spec.selector, at.child('selector'))),
    ...(selects(spec.selector, labels ?? {})
      ? []
      : [fieldErrors.invalid(at.child('template', 'metadata', 'labels'), labels ?? null, mismatch)]),
  ];
}

/** What Jobs and the templates of CronJobs have in common. */
export function validateJobSpec(spec: Spec, at: FieldPath): FieldError[] {
  const counts = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const;
  return [
    ...counts.flatMap((field) => nonNegative(spec[field], at.child(field))),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [fieldErrors.required(at.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified')]
      : []),
    ...validateManagedBy(spec.managedBy, at.child('managedBy')),
    ...validateCompletionMode(spec, at),
    ...validateFailurePolicy(spec, at.child('podFailurePolicy')),
    ...validateSuccess(spec, at.child('successPolicy')),
    ...validateReplacementPolicy(spec, at.child('podReplacementPolicy')),
    ...(spec.template === undefined
      ? [fieldErrors.required(at.child('template'), '')]
      : validatePodTemplate(spec.template, at.child('template'))),
    ...validateRestartPolicy(spec, at.child('template', 'spec', 'restartPolicy')),
  ];
}

function validateManagedBy(managedBy: string | undefined, at: FieldPath): FieldError[] {
  if (managedBy === undefined) return [];
  const long = managedBy.length > MANAGED_BY_LENGTH_MAX;
  return [
    ...domainPrefixedPath(managedBy, at),
    ...(long ? [fieldErrors.tooLong(at, managedBy, MANAGED_BY_LENGTH_MAX)] : []),
  ];
}

function validateCompletionMode(spec: Spec, at: FieldPath): FieldError[] {
  const mode = spec.completionMode;
  if (mode === 'Indexed') return validateIndexed(spec, at);
  const errors = mode === undefined ? [] : oneOfListed(mode, ['NonIndexed', 'Indexed'], at.child('completionMode'));
  if (mode !== undefined && mode !== 'NonIndexed') return errors;
  const unfit = (['backoffLimitPerIndex', 'maxFailedIndexes'] as const).filter((field) => spec[field] !== undefined);
  return unfit.map((field) => fieldErrors.invalid(at.child(field), spec[field], 'requires indexed completion mode'));
}

function validateIndexed(spec: Spec, at: FieldPath): FieldError[] {
  const { completions, parallelism, maxFailedIndexes: failed } = spec;
  const atMost = (value: number | undefined, limit: number, field: string, detail: string): FieldError[] =>
    value !== undefined && value > limit ? [fieldErrors.invalid(at.child(field), value, detail)] : [];
  return [
    ...(completions === undefined
      ? [fieldErrors.required(at.child('completions'), 'when completion mode is Indexed')]
      : []),
    ...atMost(
      parallelism,
      INDEXED_PARALLELISM_MAX,
      'parallelism',
      `must be less than or equal to ${INDEXED_PARALLELISM_MAX} when completion mode is Indexed`,
    ),
    ...(completions === undefined
      ? []
      : atMost(failed, completions, 'maxFailedIndexes', 'must be less than or equal to completions')),
    ...atMost(failed, FAILED_INDEXES_MAX, 'maxFailedIndexes', `must be less than or equal to ${FAILED_INDEXES_MAX}`),
    ...validateManyCompletions(spec, at),
  ];
}

/** Failures per index need room in the status, which many completions leave little of. */
function validateManyCompletions(spec: Spec, at: FieldPath): FieldError[] {
  const { completions = 0, parallelism = 0, maxFailedIndexes: failed, backoffLimitPerIndex } = spec;
  if (completions <= COMPLETIONS_HIGH || backoffLimitPerIndex === undefined) return [];
  const tail = `when completions are above ${COMPLETIONS_HIGH} and used with backoff limit per index`;
  const where = at.child('maxFailedIndexes');
  const missing = `must be specified when completions is above ${COMPLETIONS_HIGH}`;
  return [
    ...(failed === undefined ? [fieldErrors.required(where, missing)] : []),
    ...(parallelism > HIGH_PARALLELISM_MAX
      ? [
          fieldErrors.invalid(
            at.child('parallelism'),
            parallelism,
            `must be less than or equal to ${HIGH_PARALLELISM_MAX} ${tail}`,
          ),
        ]
      : []),
    ...((failed ?? 0) > HIGH_FAILED_INDEXES_MAX
      ? [fieldErrors.invalid(where, failed, `must be less than or equal to ${HIGH_FAILED_INDEXES_MAX} ${tail}`)]
      : []),
  ];
}

function validateSuccess(spec: Spec, at: FieldPath): FieldError[] {
  if (spec.successPolicy === undefined) return [];
  if (spec.completionMode === 'Indexed') return validateSuccessPolicy(spec, at);
  const value = internalForm(spec.successPolicy, 'k8s.io/api/batch/v1.SuccessPolicy');
  return [fieldErrors.invalid(at, value, 'requires indexed completion mode')];
}

/** Pods of a Job end; a policy on their failures needs pods that do not restart by themselves. */
function validateRestartPolicy(spec: Spec, at: FieldPath): FieldError[] {
  const policy = spec.template?.spec?.restartPolicy ?? '';
  if (policy === 'Always' || policy === '') return [fieldErrors.required(at, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return oneOfListed(policy, ['OnFailure', 'Never'], at);
  if (spec.podFailurePolicy === undefined || policy === 'Never') return [];
  return invalidFor(['only "Never" is supported when podFailurePolicy is specified'], policy, at);
}

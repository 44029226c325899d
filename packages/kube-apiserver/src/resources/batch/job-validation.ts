/** What a Job may look like, and what of it may change. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type Job,
  labelSelectorMatcher,
  path,
  semanticEqual,
} from '@steersman/api';
import { each, immutable, nonNegative, oneOf } from '../checks.ts';
import { validatePodTemplate } from '../pod-spec/pod-spec.ts';
import { validateLabelSelector } from '../selectors.ts';

type Spec = Job['spec'];
const SPEC = path('spec');
/** More indexes than this do not fit into the status. */
const INDEXED_MAX = 100_000;
const RULES_MAX = 20;
const UID_LABELS = ['batch.kubernetes.io/controller-uid', 'controller-uid'];
const NAME_LABELS = ['batch.kubernetes.io/job-name', 'job-name'];

export function validateJob(object: Job): FieldError[] {
  const { spec } = object;
  return [...validateSelector(object), ...validateJobSpec(spec, SPEC), ...validateTemplateFit(spec)];
}

/** Labels and selector that the server makes must not be forged; a hand-made selector must find the job's pods. */
function validateSelector({ spec, metadata }: Job): FieldError[] {
  const at = SPEC.child('selector');
  const errors =
    spec.selector === undefined ? [fieldErrors.required(at, '')] : validateLabelSelector(spec.selector, at);
  const labels = spec.template?.metadata?.labels ?? {};
  const labelsAt = SPEC.child('template', 'metadata', 'labels');
  if (spec.manualSelector !== true) {
    const expect = (label: string, value: string) => {
      const found = labels[label];
      if (found === undefined) errors.push(fieldErrors.required(labelsAt.key(label), `must be '${value}'`));
      else if (found !== value) errors.push(fieldErrors.invalid(labelsAt.key(label), labels, `must be '${value}'`));
    };
    if (metadata.uid !== undefined) for (const label of UID_LABELS) expect(label, metadata.uid);
    for (const label of NAME_LABELS) expect(label, metadata.name ?? '');
    const own =
      semanticEqual(spec.selector?.matchLabels ?? {}, { [UID_LABELS[0] as string]: metadata.uid ?? '' }) ||
      semanticEqual(spec.selector?.matchLabels ?? {}, { 'controller-uid': metadata.uid ?? '' });
    if (spec.selector !== undefined && !own)
      errors.push(fieldErrors.invalid(at, spec.selector, '`selector` not auto-generated'));
  }
  return errors;
}

function validateTemplateFit({ selector, template }: Spec): FieldError[] {
  if (selector === undefined) return [];
  const labels = template?.metadata?.labels ?? {};
  try {
    if (labelSelectorMatcher(selector).matches(labels)) return [];
  } catch {
    return []; // Reported as a malformed selector.
  }
  return [
    fieldErrors.invalid(
      SPEC.child('template', 'metadata', 'labels'),
      labels,
      '`selector` does not match template `labels`',
    ),
  ];
}

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
    ...validateCompletionMode(spec, at),
    ...validateFailurePolicy(spec, at),
    ...validateReplacement(spec, at),
    ...(spec.template === undefined
      ? [fieldErrors.required(at.child('template'), '')]
      : validatePodTemplate(spec.template, at.child('template'))),
    ...validateRestartPolicy(spec, at),
  ];
}

function validateCompletionMode(spec: Spec, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const indexed = spec.completionMode === 'Indexed';
  if (spec.completionMode !== undefined)
    errors.push(...oneOf(spec.completionMode, ['Indexed', 'NonIndexed'], at.child('completionMode')));
  if (indexed) {
    if (spec.completions === undefined)
      errors.push(fieldErrors.required(at.child('completions'), 'when completion mode is Indexed'));
    if ((spec.parallelism ?? 0) > INDEXED_MAX) {
      errors.push(
        fieldErrors.invalid(
          at.child('parallelism'),
          spec.parallelism,
          `must be less than or equal to ${INDEXED_MAX} when completion mode is Indexed`,
        ),
      );
    }
  } else {
    if (spec.backoffLimitPerIndex !== undefined)
      errors.push(
        fieldErrors.invalid(
          at.child('backoffLimitPerIndex'),
          spec.backoffLimitPerIndex,
          'requires indexed completion mode',
        ),
      );
    if (spec.successPolicy !== undefined)
      errors.push(
        fieldErrors.invalid(at.child('successPolicy'), spec.successPolicy, 'requires indexed completion mode'),
      );
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(fieldErrors.required(at.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified'));
  }
  return errors;
}

/** Pods of a Job end; a policy on their failures needs pods that do not restart by themselves. */
function validateRestartPolicy(spec: Spec, at: FieldPath): FieldError[] {
  const policy = spec.template?.spec?.restartPolicy;
  const policyAt = at.child('template', 'spec', 'restartPolicy');
  if (policy !== 'OnFailure' && policy !== 'Never') {
    return [fieldErrors.required(policyAt, 'valid values: "OnFailure", "Never"')];
  }
  if (spec.podFailurePolicy !== undefined && policy !== 'Never') {
    return [fieldErrors.invalid(policyAt, policy, 'only "Never" is supported when podFailurePolicy is specified')];
  }
  return [];
}

function validateFailurePolicy(spec: Spec, at: FieldPath): FieldError[] {
  const rulesAt = at.child('podFailurePolicy', 'rules');
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > RULES_MAX) return [fieldErrors.tooMany(rulesAt, rules.length, RULES_MAX)];
  return each(rules, rulesAt, (rule, where) => {
    const errors = oneOf(rule.action, ['Count', 'FailIndex', 'FailJob', 'Ignore'], where.child('action'));
    const conditions = rule.onPodConditions ?? [];
    if (rule.onExitCodes === undefined && conditions.length === 0) {
      errors.push(fieldErrors.invalid(where, null, 'specifying one of OnExitCodes and OnPodConditions is required'));
    } else if (rule.onExitCodes !== undefined && conditions.length > 0) {
      errors.push(fieldErrors.invalid(where, null, 'specifying both OnExitCodes and OnPodConditions is not supported'));
    }
    if (rule.onExitCodes !== undefined) {
      errors.push(...oneOf(rule.onExitCodes.operator, ['In', 'NotIn'], where.child('onExitCodes', 'operator')));
      if ((rule.onExitCodes.values ?? []).length === 0)
        errors.push(fieldErrors.invalid(where.child('onExitCodes', 'values'), [], 'at least one value is required'));
    }
    return errors;
  });
}

function validateReplacement(spec: Spec, at: FieldPath): FieldError[] {
  if (spec.podReplacementPolicy === undefined) return [];
  const allowed = spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  return oneOf(spec.podReplacementPolicy, allowed, at.child('podReplacementPolicy'));
}

export function validateJobUpdate(object: Job, old: Job): FieldError[] {
  const { spec } = object;
  return [
    ...validateJobSpec(spec, SPEC),
    ...validateTemplateFit(spec),
    ...validateCompletionsChange(object, old),
    ...immutable(spec.selector, old.spec.selector, SPEC.child('selector')),
    ...validateTemplateChange(object, old),
    ...immutable(spec.completionMode, old.spec.completionMode, SPEC.child('completionMode')),
    ...immutable(spec.podFailurePolicy, old.spec.podFailurePolicy, SPEC.child('podFailurePolicy')),
    ...immutable(spec.backoffLimitPerIndex, old.spec.backoffLimitPerIndex, SPEC.child('backoffLimitPerIndex')),
    ...immutable(spec.managedBy, old.spec.managedBy, SPEC.child('managedBy')),
    ...immutable(spec.successPolicy, old.spec.successPolicy, SPEC.child('successPolicy')),
  ];
}

/** An indexed job may be resized when parallelism moves along with completions (elastic indexed jobs). */
function validateCompletionsChange({ spec }: Job, old: Job): FieldError[] {
  const at = SPEC.child('completions');
  const elastic =
    spec.completionMode === 'Indexed' && spec.completions !== undefined && old.spec.completions !== undefined;
  if (!elastic || spec.completions === old.spec.completions)
    return immutable(spec.completions, old.spec.completions, at);
  if (spec.completions === spec.parallelism) return [];
  return [
    fieldErrors.invalid(at, spec.completions, `can only be modified in tandem with ${SPEC.child('parallelism')}`),
  ];
}

/** While a job is suspended and has not started, where its pods run may still change. */
function validateTemplateChange(object: Job, old: Job): FieldError[] {
  const suspended = old.spec.suspend === true && !old.status?.startTime;
  const masked = suspended ? withPlacementOf(object.spec.template, old.spec.template) : object.spec.template;
  return semanticEqual(masked, old.spec.template)
    ? []
    : immutable(object.spec.template, old.spec.template, SPEC.child('template'));
}

type Template = Spec['template'];

function withPlacementOf(template: Template, old: Template): Template {
  if (template?.spec === undefined || old?.spec === undefined) return template;
  const { nodeSelector, tolerations, schedulingGates, affinity } = old.spec;
  const metadata = { ...template.metadata, labels: old.metadata?.labels, annotations: old.metadata?.annotations };
  return { ...template, metadata, spec: { ...template.spec, nodeSelector, tolerations, schedulingGates, affinity } };
}

/** What all workload kinds share: a selector that must find their own pods. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type KubeObject,
  type LabelSelector,
  labelSelectorMatcher,
  type PodTemplateSpec,
  path,
} from '@steersman/api';
import { oneOf } from '../checks.ts';
import { validateAnnotations, validateLabels } from '../metadata.ts';
import { validatePodTemplate } from '../pod-spec/pod-spec.ts';
import { podTemplateWarnings } from '../pod-spec/warnings.ts';
import { isEmptySelector, validateLabelSelector } from '../selectors.ts';

/** The selector of a workload; `kind` names it in the message. */
export function validateWorkloadSelector(
  selector: LabelSelector | undefined,
  kind: string,
  at: FieldPath,
): FieldError[] {
  // Upstream leaves a DaemonSet without one to the check of its template.
  if (selector === undefined) return kind === 'daemonset' ? [] : [fieldErrors.required(at, '')];
  const errors = validateLabelSelector(selector, at);
  if (isEmptySelector(selector))
    errors.push(fieldErrors.invalid(at, selector, `empty selector is invalid for ${kind}`));
  return errors;
}

export interface TemplateRules {
  /** Names the kind in the message about deadlines. */
  readonly kind: string;
  /** StatefulSets' templates mount volumes that only their claims will make: upstream checks the pods, not the template. */
  readonly checkPodSpec: boolean;
}

/** A template whose pods the selector finds, and that restarts its containers for ever. */
export function validateWorkloadTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  at: FieldPath,
  { kind, checkPodSpec }: TemplateRules = { kind: 'ReplicaSet', checkPodSpec: true },
): FieldError[] {
  if (template === undefined) return [fieldErrors.required(at, '')];
  const labels = template.metadata?.labels;
  const errors: FieldError[] = [];
  // No selector at all finds nothing, not even these pods; an empty one has been refused already.
  if ((selector === undefined || !isEmptySelector(selector)) && !matchesSafely(selector, template)) {
    const detail = '`selector` does not match template `labels`';
    errors.push(fieldErrors.invalid(at.child('metadata', 'labels'), labels ?? null, detail));
  }
  if (checkPodSpec) errors.push(...validatePodTemplate(template, at));
  else
    errors.push(
      ...validateLabels(labels, at.child('labels')),
      ...validateAnnotations(template.metadata?.annotations, at.child('annotations')),
    );
  const policy = template.spec?.restartPolicy;
  if (policy !== 'Always') errors.push(...oneOf(policy, ['Always'], at.child('spec', 'restartPolicy')));
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    errors.push(
      fieldErrors.forbidden(
        at.child('spec', 'activeDeadlineSeconds'),
        `activeDeadlineSeconds in ${kind} is not Supported`,
      ),
    );
  }
  return errors;
}

/** A malformed selector has been reported already; it counts as matching. */
function matchesSafely(selector: LabelSelector | undefined, template: PodTemplateSpec): boolean {
  try {
    return labelSelectorMatcher(selector).matches(template.metadata?.labels ?? {});
  } catch {
    return true;
  }
}

/** What a template deserves a warning for; a write that leaves the generation as it is has been warned about before. */
export function templateWarnings(
  { metadata }: KubeObject,
  old: KubeObject | undefined,
  template: PodTemplateSpec | undefined,
  at: FieldPath = path('spec', 'template'),
): readonly string[] {
  const isNew = old === undefined || metadata.generation !== old.metadata.generation;
  return isNew ? podTemplateWarnings(template, at) : [];
}

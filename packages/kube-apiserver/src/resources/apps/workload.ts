/** What all workload kinds share: a selector that must find their own pods. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type LabelSelector,
  labelSelectorMatcher,
  type PodTemplateSpec,
} from '@steersman/api';
import { oneOf } from '../checks.ts';
import { validatePodTemplate } from '../pod-spec/pod-spec.ts';
import { isEmptySelector, validateLabelSelector } from '../selectors.ts';

/** The selector of a workload; `kind` names it in the message. */
export function validateWorkloadSelector(
  selector: LabelSelector | undefined,
  kind: string,
  at: FieldPath,
): FieldError[] {
  if (selector === undefined) return [fieldErrors.required(at, '')];
  const errors = validateLabelSelector(selector, at);
  if (isEmptySelector(selector))
    errors.push(fieldErrors.invalid(at, selector, `empty selector is invalid for ${kind}`));
  return errors;
}

/** A template whose pods the selector finds, and that restarts its containers for ever. */
export function validateWorkloadTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  at: FieldPath,
): FieldError[] {
  if (template === undefined) return [fieldErrors.required(at, '')];
  const labelsAt = at.child('metadata', 'labels');
  const errors: FieldError[] = [];
  if (!isEmptySelector(selector) && !matchesSafely(selector, template)) {
    errors.push(
      fieldErrors.invalid(labelsAt, template.metadata?.labels ?? null, '`selector` does not match template `labels`'),
    );
  }
  errors.push(...validatePodTemplate(template, at));
  if (template.spec?.restartPolicy !== 'Always')
    errors.push(...oneOf(template.spec?.restartPolicy, ['Always'], at.child('spec', 'restartPolicy')));
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    errors.push(
      fieldErrors.forbidden(
        at.child('spec', 'activeDeadlineSeconds'),
        'activeDeadlineSeconds in ReplicaSet is not Supported',
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

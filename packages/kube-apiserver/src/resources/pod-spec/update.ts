/** What may change in a pod that exists. */
import {
  type Container,
  type Draft,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type Pod,
  type PodSpec,
  path,
  semanticEqual,
  type Toleration,
} from '@steersman/api';
import { describeChange } from './difference.ts';
import { validateDeadline } from './pod-spec.ts';

const CHANGEABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,' +
  '`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const at = path('spec');
  const lengths = [
    ...sameCount(pod.spec.containers, old.spec.containers, at.child('containers')),
    ...sameCount(pod.spec.initContainers, old.spec.initContainers, at.child('initContainers')),
  ];
  if (lengths.length > 0) return lengths;
  const errors = [
    ...validateImages(pod.spec.containers, at.child('containers')),
    ...validateImages(pod.spec.initContainers, at.child('initContainers')),
    ...validateDeadlineChange(pod.spec, old.spec, at.child('activeDeadlineSeconds')),
    ...validateAddedTolerations(pod.spec.tolerations, old.spec.tolerations, at.child('tolerations')),
    ...validateRemovedGates(pod.spec, old.spec, at.child('schedulingGates')),
  ];
  const masked = withChangeable(pod.spec, old.spec);
  if (!semanticEqual(masked, old.spec))
    errors.push(fieldErrors.forbidden(at, `${CHANGEABLE}\n${describeChange(old.spec, masked)}`));
  return errors;
}

function sameCount(
  containers: readonly Container[] | undefined,
  old: readonly Container[] | undefined,
  at: FieldPath,
): FieldError[] {
  return (containers ?? []).length === (old ?? []).length
    ? []
    : [fieldErrors.forbidden(at, 'pod updates may not add or remove containers')];
}

function validateImages(containers: readonly Container[] | undefined, at: FieldPath): FieldError[] {
  return (containers ?? []).flatMap(({ image }, index) => {
    const imageAt = at.index(index).child('image');
    if (image === undefined || image === '') return [fieldErrors.required(imageAt, '')];
    return image.trim() === image
      ? []
      : [fieldErrors.invalid(imageAt, image, 'must not have leading or trailing whitespace')];
  });
}

/** A deadline may be set or shortened, never lifted or prolonged. */
function validateDeadlineChange(spec: PodSpec, old: PodSpec, at: FieldPath): FieldError[] {
  const { activeDeadlineSeconds: now } = spec;
  const { activeDeadlineSeconds: before } = old;
  if (now === undefined)
    return before === undefined
      ? []
      : [fieldErrors.invalid(at, now, 'must not update from a positive integer to nil value')];
  const errors = validateDeadline(now, at);
  if (errors.length === 0 && before !== undefined && before < now)
    errors.push(fieldErrors.invalid(at, now, 'must be less than or equal to previous value'));
  return errors;
}

function validateAddedTolerations(
  tolerations: readonly Toleration[] = [],
  old: readonly Toleration[] = [],
  at: FieldPath,
): FieldError[] {
  const timeless = (toleration: Toleration) =>
    toleration.effect === 'NoExecute' ? { ...toleration, tolerationSeconds: undefined } : toleration;
  const kept = old.every((before) => tolerations.some((now) => semanticEqual(timeless(now), timeless(before))));
  return kept
    ? []
    : [fieldErrors.forbidden(at, 'existing toleration can not be modified except its tolerationSeconds')];
}

function validateRemovedGates(spec: PodSpec, old: PodSpec, at: FieldPath): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  const added = (spec.schedulingGates ?? []).find(({ name }) => !before.has(name));
  return added === undefined
    ? []
    : [fieldErrors.forbidden(at, `only deletion is allowed, but found new scheduling gate '${added.name}'`)];
}

/** The new spec with everything an update may change set back to what it was. */
function withChangeable(spec: PodSpec, old: PodSpec): PodSpec {
  const masked = structuredClone(spec) as Draft<PodSpec>;
  const before = structuredClone(old) as Draft<PodSpec>;
  for (const [index, container] of masked.containers.entries()) setBack(container, before.containers[index]);
  for (const [index, container] of (masked.initContainers ?? []).entries())
    setBack(container, before.initContainers?.[index]);
  if (before.activeDeadlineSeconds === undefined) delete masked.activeDeadlineSeconds;
  else masked.activeDeadlineSeconds = before.activeDeadlineSeconds;
  if (before.tolerations === undefined) delete masked.tolerations;
  else masked.tolerations = before.tolerations;
  if (before.schedulingGates === undefined) delete masked.schedulingGates;
  else masked.schedulingGates = before.schedulingGates;
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && masked.terminationGracePeriodSeconds === 1) {
    masked.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds;
  }
  // A gated pod may still be steered: its node selector and node affinity can be narrowed.
  if ((before.schedulingGates ?? []).length > 0) {
    masked.nodeSelector = { ...masked.nodeSelector, ...before.nodeSelector };
    for (const key of Object.keys(masked.nodeSelector))
      if (before.nodeSelector?.[key] === undefined) delete masked.nodeSelector[key];
    if (before.affinity?.nodeAffinity === undefined && masked.affinity?.nodeAffinity !== undefined)
      delete masked.affinity.nodeAffinity;
    if (before.affinity === undefined && masked.affinity !== undefined && Object.keys(masked.affinity).length === 0)
      delete masked.affinity;
  }
  return masked as PodSpec;
}

function setBack(container: Draft<Container>, before: Draft<Container> | undefined): void {
  if (before?.image !== undefined) container.image = before.image;
}

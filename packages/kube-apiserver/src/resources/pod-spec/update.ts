/** What may change in a pod that exists. */
import {
  type Container,
  type Draft,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type NodeAffinity,
  type Pod,
  type PodSpec,
  path,
  semanticEqual,
  type Toleration,
} from '@steersman/api';
import { empty } from '../checks.ts';
import { validateAnnotationChange, validatePodAnnotations } from './annotations.ts';
import { validateImageText } from './containers.ts';
import { unifiedDiff } from './difference.ts';
import { internalForm, internalPodSpec } from './internal-form.ts';
import { validatePodOnly, validatePodSpec } from './pod-spec.ts';
import { validateTolerations } from './tolerations.ts';

const SPEC = path('spec');
const ANNOTATIONS = path('metadata', 'annotations');
const INT32_MAX = 2147483647;
const CHANGEABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];

/** The pod as it would be, whatever it was; `old` only excuses what it had already. */
export function validatePod({ metadata, spec }: Pod, old?: Pod): FieldError[] {
  return [
    ...validatePodAnnotations(metadata.annotations, spec, ANNOTATIONS, old?.metadata.annotations),
    ...validatePodSpec(spec, SPEC, { isPod: true, metadata, ...(old === undefined ? {} : { old: old.spec }) }),
    ...validatePodOnly(spec, SPEC),
  ];
}

/** The same, and what its annotations may become. */
export function validateChangedPod(pod: Pod, old: Pod): FieldError[] {
  return [...validatePod(pod, old), ...validateChangedAnnotations(pod, old)];
}

export function validateChangedAnnotations({ metadata, spec }: Pod, old: Pod): FieldError[] {
  const before = old.metadata.annotations;
  return [
    ...validateAnnotationChange(metadata.annotations, before, ANNOTATIONS),
    ...validatePodAnnotations(metadata.annotations, spec, ANNOTATIONS, before),
  ];
}

export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors = validateChangedPod(pod, old);
  for (const list of ['containers', 'initContainers'] as const) {
    const at = SPEC.child(list);
    if ((pod.spec[list] ?? []).length !== (old.spec[list] ?? []).length)
      return [...errors, fieldErrors.forbidden(at, 'pod updates may not add or remove containers')];
    errors.push(...validateImages(pod.spec[list], at));
  }
  const deadline = validateDeadlineChange(pod.spec, old.spec, SPEC.child('activeDeadlineSeconds'));
  errors.push(...deadline);
  if (deadline.length > 0 && pod.spec.activeDeadlineSeconds !== undefined) return errors;
  errors.push(
    ...validateAddedTolerations(pod.spec.tolerations, old.spec.tolerations, SPEC.child('tolerations')),
    ...validateRemovedGates(pod.spec, old.spec, SPEC.child('schedulingGates')),
  );
  return semanticEqual(pod.spec, old.spec) ? errors : [...errors, ...validateRest(pod.spec, old.spec)];
}

function validateImages(containers: readonly Container[] | undefined, at: FieldPath): FieldError[] {
  return (containers ?? []).flatMap(({ image }, index) => {
    const imageAt = at.index(index).child('image');
    return empty(image) ? [fieldErrors.required(imageAt, '')] : validateImageText(image, imageAt);
  });
}

/** A deadline may be set or shortened, never lifted or prolonged. */
function validateDeadlineChange(spec: PodSpec, old: PodSpec, at: FieldPath): FieldError[] {
  const { activeDeadlineSeconds: now } = spec;
  const { activeDeadlineSeconds: before } = old;
  if (now === undefined) {
    if (before === undefined) return [];
    return [fieldErrors.invalid(at, now, 'must not update from a positive integer to nil value')];
  }
  if (now < 0 || now > INT32_MAX)
    return [fieldErrors.invalid(at, now, `must be between 0 and ${INT32_MAX}, inclusive`)];
  if (before === undefined || before >= now) return [];
  return [fieldErrors.invalid(at, now, 'must be less than or equal to previous value')];
}

function validateAddedTolerations(
  tolerations: readonly Toleration[] = [],
  old: readonly Toleration[] = [],
  at: FieldPath,
): FieldError[] {
  const timeless = (toleration: Toleration) => ({ ...toleration, tolerationSeconds: undefined });
  const kept = old.every((before) => tolerations.some((now) => semanticEqual(timeless(now), timeless(before))));
  if (kept) return validateTolerations(tolerations, at);
  return [fieldErrors.forbidden(at, 'existing toleration can not be modified except its tolerationSeconds')];
}

function validateRemovedGates(spec: PodSpec, old: PodSpec, at: FieldPath): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  return (spec.schedulingGates ?? []).flatMap(({ name }, index) => {
    if (before.has(name)) return [];
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return [fieldErrors.forbidden(at.index(index).child('name'), detail)];
  });
}

/** Everything that an update may change is set back; what differs then may not. */
function validateRest(spec: PodSpec, old: PodSpec): FieldError[] {
  const masked = structuredClone(spec) as Draft<PodSpec>;
  const before = structuredClone(old) as Draft<PodSpec>;
  setBack(masked, before);
  const errors = (old.schedulingGates ?? []).length > 0 ? setBackPlacement(masked, before) : [];
  if (semanticEqual(masked, old)) return errors;
  const difference = unifiedDiff(internalPodSpec(old), internalPodSpec(masked as PodSpec));
  const message = `pod updates may not change fields other than ${CHANGEABLE.join(',')}\n${difference}`;
  return [...errors, fieldErrors.forbidden(SPEC, message)];
}

function setBack(masked: Draft<PodSpec>, before: Draft<PodSpec>): void {
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [index, container] of (masked[list] ?? []).entries()) {
      const image = before[list]?.[index]?.image;
      if (image !== undefined) container.image = image;
    }
  }
  restore(masked, before, 'activeDeadlineSeconds');
  restore(masked, before, 'schedulingGates');
  restore(masked, before, 'tolerations');
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && masked.terminationGracePeriodSeconds === 1)
    restore(masked, before, 'terminationGracePeriodSeconds');
}

function restore<K extends keyof PodSpec>(masked: Draft<PodSpec>, before: Draft<PodSpec>, field: K): void {
  if (before[field] === undefined) delete masked[field];
  else masked[field] = before[field];
}

/** A gated pod may still be steered: its node selector and its node affinity can be narrowed. */
function setBackPlacement(masked: Draft<PodSpec>, before: Draft<PodSpec>): FieldError[] {
  const now = masked as PodSpec;
  const old = before as PodSpec;
  const errors = [
    ...validateSelectorChange(now.nodeSelector, old.nodeSelector, SPEC.child('nodeSelector')),
    ...validateAffinityChange(now, old, SPEC.child('affinity', 'nodeAffinity')),
  ];
  restore(masked, before, 'nodeSelector');
  setBackNodeAffinity(masked, before);
  return errors;
}

function setBackNodeAffinity(masked: Draft<PodSpec>, before: Draft<PodSpec>): void {
  const own = before.affinity?.nodeAffinity;
  if (semanticEqual(masked.affinity?.nodeAffinity ?? null, own ?? null)) return;
  if (masked.affinity === undefined) masked.affinity = own === undefined ? {} : { nodeAffinity: own };
  else if (before.affinity === undefined && !masked.affinity.podAffinity && !masked.affinity.podAntiAffinity)
    delete masked.affinity;
  else if (own === undefined) delete masked.affinity.nodeAffinity;
  else masked.affinity.nodeAffinity = own;
}

type Selector = PodSpec['nodeSelector'];

function validateSelectorChange(now: Selector, old: Selector, at: FieldPath): FieldError[] {
  const kept = Object.entries(old ?? {}).every(([key, value]) => now?.[key] === value);
  if (kept) return [];
  const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  return [fieldErrors.invalid(at, now ?? null, detail)];
}

type Term = NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>['nodeSelectorTerms'][number];

function validateAffinityChange(now: PodSpec, old: PodSpec, at: FieldPath): FieldError[] {
  const field = 'requiredDuringSchedulingIgnoredDuringExecution';
  const before = old.affinity?.nodeAffinity?.[field]?.nodeSelectorTerms ?? [];
  const terms = now.affinity?.nodeAffinity?.[field]?.nodeSelectorTerms ?? [];
  const termsAt = at.child(field, 'nodeSelectorTerms');
  const shown = (term: Term) => internalForm(term, 'NodeSelectorTerm');
  if (before.length === 0) return [];
  if (before.length !== terms.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [fieldErrors.invalid(termsAt, terms.length === 0 ? null : terms.map(shown), detail)];
  }
  return terms.flatMap((term, index) => {
    if (onlyAdds(term, before[index] as Term)) return [];
    const detail = 'only additions are allowed (no mutations or deletions)';
    return [fieldErrors.invalid(termsAt.index(index), shown(term), detail)];
  });
}

/** Requirements are added at the end; a term without any matches nothing and stays so. */
function onlyAdds(term: Term, old: Term): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const;
  if (lists.every((list) => (old[list] ?? []).length === 0))
    return lists.every((list) => (term[list] ?? []).length === 0);
  return lists.every((list) => {
    const before = old[list] ?? [];
    return semanticEqual((term[list] ?? []).slice(0, before.length), before);
  });
}

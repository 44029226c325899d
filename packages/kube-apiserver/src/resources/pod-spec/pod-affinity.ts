/** Which other pods a pod wants near it or far from it, and how it is spread among its like. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type LabelSelector,
  names,
  type PodAffinity,
  type TopologySpreadConstraint,
} from '@steersman/api';
import { each, empty, invalidFor, oneOf } from '../checks.ts';
import { validateLabelSelector } from '../selectors.ts';
import { validateWeight } from './node-affinity.ts';

type PodTerm = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];
type Keys = readonly string[] | undefined;

export function validatePodAffinity(affinity: PodAffinity | undefined, at: FieldPath): FieldError[] {
  return [
    ...each(
      affinity?.requiredDuringSchedulingIgnoredDuringExecution,
      at.child('requiredDuringSchedulingIgnoredDuringExecution'),
      validatePodTerm,
    ),
    ...each(
      affinity?.preferredDuringSchedulingIgnoredDuringExecution,
      at.child('preferredDuringSchedulingIgnoredDuringExecution'),
      (term, where) => [
        ...validateWeight(term.weight, where.child('weight')),
        ...validatePodTerm(term.podAffinityTerm, where.child('podAffinityTerm')),
      ],
    ),
  ];
}

function validatePodTerm(term: PodTerm, at: FieldPath): FieldError[] {
  const { topologyKey, namespaces = [], matchLabelKeys, mismatchLabelKeys, labelSelector } = term;
  const keyAt = at.child('topologyKey');
  return [
    ...validateLabelSelector(labelSelector, at.child('labelSelector')),
    ...validateLabelSelector(term.namespaceSelector, at.child('namespaceSelector')),
    ...namespaces.flatMap((name) => invalidFor(names.dns1123Label(name), name, at.child('namespace'))),
    ...validateKeys(matchLabelKeys, mismatchLabelKeys, labelSelector, at),
    ...(empty(topologyKey) ? [fieldErrors.required(keyAt, 'can not be empty')] : []),
    ...invalidFor(names.qualifiedName(topologyKey ?? ''), topologyKey ?? '', keyAt),
  ];
}

/**
 * Keys whose values come from the pod itself (KEP-3633). They were merged into the selector already: a key that stands
 * there twice was given by the writer too.
 */
function validateKeys(match: Keys, mismatch: Keys, selector: LabelSelector | undefined, at: FieldPath): FieldError[] {
  const both = new Set(mismatch ?? []);
  return [
    ...validateLabelKeys(match, selector, at.child('matchLabelKeys')),
    ...validateLabelKeys(mismatch, selector, at.child('mismatchLabelKeys')),
    ...repeatedKeys(match ?? [], selector, at),
    ...each(match, at.child('matchLabelKeys'), (key, where) =>
      both.has(key) ? [fieldErrors.invalid(where, key, 'exists in both matchLabelKeys and mismatchLabelKeys')] : [],
    ),
  ];
}

function validateLabelKeys(keys: Keys, selector: LabelSelector | undefined, at: FieldPath): FieldError[] {
  if ((keys ?? []).length === 0) return [];
  if (selector === undefined) return [fieldErrors.forbidden(at, 'must not be specified when labelSelector is not set')];
  return each(keys, at, (key, where) => invalidFor(names.qualifiedName(key), key, where));
}

function repeatedKeys(keys: readonly string[], selector: LabelSelector | undefined, at: FieldPath): FieldError[] {
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  return (selector?.matchExpressions ?? []).flatMap(({ key }) => {
    const index = keys.lastIndexOf(key);
    const repeated = index !== -1 && seen.has(key);
    seen.add(key);
    if (!repeated) return [];
    return [fieldErrors.invalid(at.index(index), key, 'exists in both matchLabelKeys and labelSelector')];
  });
}

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[] | undefined,
  at: FieldPath,
): FieldError[] {
  return each(constraints, at, (constraint, where, index) => [
    ...validateConstraint(constraint, where),
    ...repeatedConstraint(constraint, (constraints ?? []).slice(index + 1), where),
    ...validateSpreadOptions(constraint, where),
  ]);
}

function validateConstraint(constraint: TopologySpreadConstraint, at: FieldPath): FieldError[] {
  const { maxSkew, topologyKey, whenUnsatisfiable } = constraint;
  return [
    ...positive(maxSkew, at.child('maxSkew')),
    ...(empty(topologyKey) ? [fieldErrors.required(at.child('topologyKey'), 'can not be empty')] : []),
    ...oneOf(whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'], at.child('whenUnsatisfiable')),
  ];
}

function positive(value: number, at: FieldPath): FieldError[] {
  return value > 0 ? [] : [fieldErrors.invalid(at, value, 'must be greater than zero')];
}

/** The first of two alike is the one that upstream complains about. */
function repeatedConstraint(
  { topologyKey, whenUnsatisfiable }: TopologySpreadConstraint,
  others: readonly TopologySpreadConstraint[],
  at: FieldPath,
): FieldError[] {
  const repeated = others.some(
    (other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable,
  );
  const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
  return repeated ? [fieldErrors.duplicate(at.child('{topologyKey, whenUnsatisfiable}'), pair)] : [];
}

function validateSpreadOptions(constraint: TopologySpreadConstraint, at: FieldPath): FieldError[] {
  const { minDomains, whenUnsatisfiable, matchLabelKeys, labelSelector } = constraint;
  const policy = (field: 'nodeAffinityPolicy' | 'nodeTaintsPolicy') =>
    constraint[field] === undefined ? [] : oneOf(constraint[field], ['Honor', 'Ignore'], at.child(field));
  const errors = minDomains === undefined ? [] : positive(minDomains, at.child('minDomains'));
  if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
    const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
    errors.push(fieldErrors.invalid(at.child('minDomains'), minDomains, detail));
  }
  return [
    ...errors,
    ...policy('nodeAffinityPolicy'),
    ...policy('nodeTaintsPolicy'),
    ...validateKeys(matchLabelKeys, undefined, labelSelector, at),
    ...validateLabelSelector(labelSelector, at.child('labelSelector')),
  ];
}

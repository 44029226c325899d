/** Turns `matchLabelKeys` into selectors with the values that the pod itself has (KEP-3633, KEP-3243). */
import type { Draft, LabelSelector, PodAffinityTerm, PodSpec } from '@steersman/api';

type Labels = Readonly<Record<string, string>>;

export function mergeLabelKeys(spec: Draft<PodSpec>, labels: Labels | undefined): void {
  const own = labels ?? {};
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) mergeTerm(term, own);
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      mergeTerm(podAffinityTerm, own);
  }
  for (const { labelSelector, matchLabelKeys } of spec.topologySpreadConstraints ?? [])
    mergeKeys(labelSelector, matchLabelKeys, 'In', own);
}

function mergeTerm({ labelSelector, matchLabelKeys, mismatchLabelKeys }: Draft<PodAffinityTerm>, labels: Labels): void {
  mergeKeys(labelSelector, matchLabelKeys, 'In', labels);
  mergeKeys(labelSelector, mismatchLabelKeys, 'NotIn', labels);
}

/** Keys that the pod does not have say nothing. */
function mergeKeys(
  selector: Draft<LabelSelector> | undefined,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Labels,
): void {
  if (selector === undefined) return;
  for (const key of keys ?? []) {
    const value = labels[key];
    if (value === undefined) continue;
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }];
  }
}

/** Which pods a quota with scopes is about. */

import type { KubeObject } from '../contract.ts';
import type { PersistentVolumeClaim, Pod, ResourceQuota } from '../generated/core.ts';

type Requirement = NonNullable<
  NonNullable<NonNullable<ResourceQuota['spec']>['scopeSelector']>['matchExpressions']
>[number];

/** Whether the quota counts this object: scopes are about pods (and claims), so a quota with scopes counts nothing else. */
export function isInScope({ spec }: ResourceQuota, resource: string, object: KubeObject): boolean {
  const scopes = (spec?.scopes ?? []).map((scopeName): Requirement => ({ scopeName, operator: 'Exists' }));
  const all = [...scopes, ...(spec?.scopeSelector?.matchExpressions ?? [])];
  if (all.length === 0) return true;
  if (resource === '/pods') return all.every((requirement) => matchesPod(requirement, object as Pod));
  if (resource === '/persistentvolumeclaims')
    return all.every((requirement) => matchesClaim(requirement, object as PersistentVolumeClaim));
  return false;
}

function matchesPod(requirement: Requirement, pod: Pod): boolean {
  const { spec } = pod;
  switch (requirement.scopeName) {
    case 'Terminating':
      return spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass':
      return matchesText(requirement, spec.priorityClassName ?? '');
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(pod);
    default:
      return false;
  }
}

function matchesClaim(requirement: Requirement, { spec, status }: PersistentVolumeClaim): boolean {
  if (requirement.scopeName !== 'VolumeAttributesClass') return false;
  const classes = [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName];
  return classes.some((name) => matchesText(requirement, name ?? ''));
}

function matchesText({ operator, values = [] }: Requirement, text: string): boolean {
  if (operator === 'Exists') return text !== '';
  if (operator === 'DoesNotExist') return text === '';
  return values.includes(text) === (operator === 'In');
}

/** Neither requests nor limits of processor or memory anywhere (KEP-2837 for those of the whole pod). */
function isBestEffort({ spec }: Pod): boolean {
  const amounts = [spec, ...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) => [
    ...Object.entries(resources?.requests ?? {}),
    ...Object.entries(resources?.limits ?? {}),
  ]);
  return !amounts.some(([name, amount]) => (name === 'cpu' || name === 'memory') && !/^0[a-zA-Z]*$/.test(amount));
}

function usesOtherNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const terms = [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((weighted) => weighted.podAffinityTerm),
  ]);
  return terms.some(({ namespaces, namespaceSelector }) => (namespaces ?? []).length > 0 || namespaceSelector);
}

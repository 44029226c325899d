import { type NodeMatcher, type NodeSelectorTerm, nodeMatcherOf, nodeTermMatcher, type Pod } from '@steersman/api';
import type { NodeInfo } from '../state/cluster-state.ts';

/** Which nodes a pod's nodeSelector and required node affinity allow. */
export interface NodeSelection {
  readonly allowsAll: boolean;
  /** Only these names can match, when every term names them by `metadata.name` (as DaemonSet pods do). */
  readonly names: ReadonlySet<string> | undefined;
  matches(node: NodeInfo): boolean;
}

function namesOf(terms: readonly NodeSelectorTerm[]): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const byName = matchFields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (byName === undefined) return undefined;
    for (const name of byName.values ?? []) names.add(name);
  }
  return names;
}

const anywhere: NodeMatcher = () => true;

export function nodeSelectionOf(pod: Pod): NodeSelection {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const matches = nodeMatcherOf(pod.spec);
  return {
    allowsAll: matches === undefined,
    names: required === undefined ? undefined : namesOf(required.nodeSelectorTerms),
    matches: matches ?? anywhere,
  };
}

/** Preferred node affinity: how much the pod likes a node, as the sum of the weights of terms that match it. */
export function nodePreferenceOf(pod: Pod): ((node: NodeInfo) => number) | undefined {
  const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const terms = preferred
    .filter(({ weight }) => weight !== 0)
    .map(({ weight, preference }) => ({ weight, matches: nodeTermMatcher(preference) }));
  if (terms.length === 0) return undefined;
  return (node) => {
    let sum = 0;
    for (const { weight, matches } of terms) if (matches(node)) sum += weight;
    return sum;
  };
}

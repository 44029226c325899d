import { LabelMatcher, type NodeSelectorTerm, type Pod } from '@steersman/api';
import type { NodeInfo } from '../state/cluster-state.ts';

/** A node selector term, ready to be matched. */
interface CompiledTerm {
  readonly labels: LabelMatcher;
  readonly fields: LabelMatcher;
  readonly isEmpty: boolean;
}

function matcherOf(requirements: NodeSelectorTerm['matchExpressions']): LabelMatcher {
  return new LabelMatcher(
    (requirements ?? []).map(({ key, operator, values = [] }) => ({
      key,
      operator: operator as 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt',
      values,
    })),
  );
}

function compile(term: NodeSelectorTerm): CompiledTerm {
  const { matchExpressions = [], matchFields = [] } = term;
  return {
    labels: matcherOf(matchExpressions),
    fields: matcherOf(matchFields),
    isEmpty: matchExpressions.length === 0 && matchFields.length === 0,
  };
}

/** A term without any requirement matches no node. */
function matchesTerm(term: CompiledTerm, node: NodeInfo): boolean {
  return !term.isEmpty && term.labels.matches(node.labels) && term.fields.matches({ 'metadata.name': node.name });
}

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

export function nodeSelectionOf(pod: Pod): NodeSelection {
  const selector = pod.spec.nodeSelector ?? {};
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = required?.nodeSelectorTerms.map(compile);
  const pairs = Object.entries(selector);
  return {
    allowsAll: pairs.length === 0 && terms === undefined,
    names: required === undefined ? undefined : namesOf(required.nodeSelectorTerms),
    matches(node) {
      for (const [key, value] of pairs) if (node.labels[key] !== value) return false;
      return terms === undefined || terms.some((term) => matchesTerm(term, node));
    },
  };
}

/** Preferred node affinity: how much the pod likes a node, as the sum of the weights of terms that match it. */
export function nodePreferenceOf(pod: Pod): ((node: NodeInfo) => number) | undefined {
  const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const terms = preferred
    .filter(({ weight }) => weight !== 0)
    .map(({ weight, preference }) => ({ weight, term: compile(preference) }));
  if (terms.length === 0) return undefined;
  return (node) => {
    let sum = 0;
    for (const { weight, term } of terms) if (matchesTerm(term, node)) sum += weight;
    return sum;
  };
}

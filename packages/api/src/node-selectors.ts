/** Which nodes a pod may go to by its nodeSelector and its required node affinity. */
import type { NodeSelector, NodeSelectorTerm, PodSpec } from './generated/core.ts';
import { LabelMatcher, type Labels, type Operator } from './selectors.ts';

/** What of a node selectors look at. */
export interface SelectedNode {
  readonly name: string;
  readonly labels: Labels | undefined;
}
export type NodeMatcher = (node: SelectedNode) => boolean;

/** Matches nodes that fulfil every requirement of the term; a term without any matches no node. */
export function nodeTermMatcher({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): NodeMatcher {
  if (matchExpressions.length === 0 && matchFields.length === 0) return () => false;
  const labels = requirementsMatcher(matchExpressions);
  const fields = requirementsMatcher(matchFields);
  return (node) => labels.matches(node.labels) && fields.matches({ 'metadata.name': node.name });
}

/** Matches nodes that fulfil one of the terms. */
export function nodeSelectorMatcher({ nodeSelectorTerms }: NodeSelector): NodeMatcher {
  const terms = nodeSelectorTerms.map(nodeTermMatcher);
  return (node) => terms.some((matches) => matches(node));
}

/** Matches the nodes that a pod asks for; undefined when it asks for none in particular. */
export function nodeMatcherOf({
  nodeSelector,
  affinity,
}: Pick<PodSpec, 'nodeSelector' | 'affinity'>): NodeMatcher | undefined {
  const pairs = Object.entries(nodeSelector ?? {});
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const selector = required && nodeSelectorMatcher(required);
  if (pairs.length === 0) return selector;
  return (node) => {
    for (const [key, value] of pairs) if (node.labels?.[key] !== value) return false;
    return selector === undefined || selector(node);
  };
}

function requirementsMatcher(requirements: NonNullable<NodeSelectorTerm['matchExpressions']>): LabelMatcher {
  return new LabelMatcher(
    requirements.map(({ key, operator, values = [] }) => ({ key, operator: operator as Operator, values })),
  );
}

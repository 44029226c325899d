import { type LabelMatcher, labelSelectorMatcher, type Pod, type PodAffinityTerm } from '@steersman/api';

/** A pod affinity term, ready to be matched: which pods it speaks of, and within what. */
export interface AffinityTerm {
  /** Equal for terms that say the same, whichever pod they come from. */
  readonly signature: string;
  readonly selector: LabelMatcher;
  /** Names, and namespaces found by their labels. */
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: LabelMatcher | undefined;
  readonly topologyKey: string;
  /** 0 for required terms. */
  readonly weight: number;
}

/** The label of every namespace that holds its name; only such labels are known without asking. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined;

/** `matchLabelKeys` and `mismatchLabelKeys` become part of the selector, with the pod's own values (KEP-3633). */
function selectorOf(term: PodAffinityTerm, pod: Pod): LabelMatcher {
  const labels = pod.metadata.labels ?? {};
  const expressions = (keys: readonly string[] | undefined, operator: 'In' | 'NotIn') =>
    (keys ?? [])
      .filter((key) => labels[key] !== undefined)
      .map((key) => ({ key, operator, values: [labels[key] ?? ''] }));
  const own = [...expressions(term.matchLabelKeys, 'In'), ...expressions(term.mismatchLabelKeys, 'NotIn')];
  if (own.length === 0 || term.labelSelector === undefined) return labelSelectorMatcher(term.labelSelector);
  const { matchLabels, matchExpressions = [] } = term.labelSelector;
  return labelSelectorMatcher({ matchLabels, matchExpressions: [...matchExpressions, ...own] });
}

export function compileTerm(term: PodAffinityTerm, pod: Pod, weight: number): AffinityTerm {
  const selector = selectorOf(term, pod);
  const named = term.namespaces ?? [];
  const usesOwn = named.length === 0 && term.namespaceSelector === undefined;
  const namespaces = usesOwn ? [pod.metadata.namespace ?? ''] : [...named].sort();
  const namespaceSelector =
    term.namespaceSelector === undefined ? undefined : labelSelectorMatcher(term.namespaceSelector);
  const scope = `${namespaces.join()};${namespaceSelector?.everything === true ? '*' : (namespaceSelector?.toString() ?? '-')}`;
  const what = selector.nothing ? '!' : selector.toString();
  return {
    signature: `${term.topologyKey}|${scope}|${what}|${weight}`,
    selector,
    namespaces: new Set(namespaces),
    namespaceSelector,
    topologyKey: term.topologyKey,
    weight,
  };
}

/** Whether a term speaks of a pod with these labels in this namespace. */
export function termMatches(
  term: AffinityTerm,
  namespace: string,
  labels: Readonly<Record<string, string>>,
  namespaceLabels: NamespaceLabels,
): boolean {
  const inScope =
    term.namespaces.has(namespace) || (term.namespaceSelector?.matches(namespaceLabels(namespace) ?? {}) ?? false);
  return inScope && term.selector.matches(labels);
}

export interface PodAffinityTerms {
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly AffinityTerm[];
  readonly preferredAntiAffinity: readonly AffinityTerm[];
}

const NO_TERMS: PodAffinityTerms = {
  requiredAffinity: [],
  requiredAntiAffinity: [],
  preferredAffinity: [],
  preferredAntiAffinity: [],
};

export function affinityTermsOf(pod: Pod): PodAffinityTerms {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  if (podAffinity === undefined && podAntiAffinity === undefined) return NO_TERMS;
  const required = (terms: readonly PodAffinityTerm[] | undefined) =>
    (terms ?? []).map((term) => compileTerm(term, pod, 0));
  const preferred = (terms: readonly { weight: number; podAffinityTerm: PodAffinityTerm }[] | undefined) =>
    (terms ?? []).map(({ weight, podAffinityTerm }) => compileTerm(podAffinityTerm, pod, weight));
  return {
    requiredAffinity: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: preferred(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: preferred(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  };
}

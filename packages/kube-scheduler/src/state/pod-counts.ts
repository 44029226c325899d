/**
 * How many pods of a kind each node has, kept up to date as pods come and go: pods that a selector matches (for
 * topology spread and the incoming pod's own affinity terms), and pods that carry an affinity term (for the terms of
 * pods that are there already).
 */
import type { LabelMatcher } from '@steersman/api';
import { type AffinityTerm, type NamespaceLabels, termMatches } from './affinity-terms.ts';
import type { PodInfo } from './pod-info.ts';

/** Selectors whose counts are kept; the one unused for longest goes first. Each costs four bytes a node. */
const SELECTORS_MAX = 512;

/** Pods per slot. Grows with the number of nodes; a slot beyond its end has none. */
export type Counts = Map<number, number>;

/** Which pods to count. */
export interface CountedPods {
  /** Equal for equal selections. */
  readonly signature: string;
  readonly matches: (pod: PodInfo) => boolean;
  /** The only namespace it can match in; undefined: any. */
  readonly namespace: string | undefined;
}

export type TermKind = 'requiredAffinity' | 'requiredAntiAffinity' | 'preferredAffinity' | 'preferredAntiAffinity';
const TERM_KINDS: readonly TermKind[] = [
  'requiredAffinity',
  'requiredAntiAffinity',
  'preferredAffinity',
  'preferredAntiAffinity',
];

/** One term, however many pods carry it, and where these are. */
export interface CarriedTerm {
  readonly term: AffinityTerm;
  readonly counts: Counts;
}

export interface PodCounts {
  /** Counts of the pods selected; counted once, then kept up to date. Do not keep it beyond the cycle. */
  of(selection: CountedPods, everyPod: () => Iterable<readonly [slot: number, pod: PodInfo]>): Counts;
  carried(kind: TermKind): Iterable<CarriedTerm>;
  account(slot: number, pod: PodInfo, sign: 1 | -1): void;
  /** Forgets counts that depend on labels of namespaces. */
  namespaceChanged(): void;
}

function change(counts: Counts, slot: number, by: number): void {
  const count = (counts.get(slot) ?? 0) + by;
  if (count === 0) counts.delete(slot);
  else counts.set(slot, count);
}

export function createPodCounts(): PodCounts {
  const selections = new Map<string, { readonly selection: CountedPods; readonly counts: Counts }>();
  const terms: Record<TermKind, Map<string, CarriedTerm>> = {
    requiredAffinity: new Map(),
    requiredAntiAffinity: new Map(),
    preferredAffinity: new Map(),
    preferredAntiAffinity: new Map(),
  };
  return {
    of(selection, everyPod) {
      const known = selections.get(selection.signature);
      if (known !== undefined) {
        selections.delete(selection.signature); // To the end: used last.
        selections.set(selection.signature, known);
        return known.counts;
      }
      const counts: Counts = new Map();
      for (const [slot, pod] of everyPod()) if (selection.matches(pod)) change(counts, slot, 1);
      selections.set(selection.signature, { selection, counts });
      if (selections.size > SELECTORS_MAX) selections.delete(selections.keys().next().value!);
      return counts;
    },
    carried: (kind) => terms[kind].values(),
    account(slot, pod, sign) {
      for (const { selection, counts } of selections.values()) {
        const inScope = selection.namespace === undefined || selection.namespace === pod.namespace;
        if (inScope && selection.matches(pod)) change(counts, slot, sign);
      }
      for (const kind of TERM_KINDS) {
        for (const term of pod.affinity[kind]) {
          let carried = terms[kind].get(term.signature);
          if (carried === undefined) {
            carried = { term, counts: new Map() };
            terms[kind].set(term.signature, carried);
          }
          change(carried.counts, slot, sign);
          if (carried.counts.size === 0) terms[kind].delete(term.signature);
        }
      }
    },
    namespaceChanged() {
      for (const [signature, { selection }] of selections)
        if (selection.namespace === undefined) selections.delete(signature);
    },
  };
}

/** Pods in one namespace that a selector matches; pods being deleted do not count (as topology spread wants it). */
export function spreadSelection(namespace: string, selector: LabelMatcher): CountedPods {
  return {
    signature: `spread|${namespace}|${selector.nothing ? '!' : selector.toString()}`,
    namespace,
    matches: (pod) => !pod.isTerminating && pod.namespace === namespace && selector.matches(pod.labels),
  };
}

/** Pods that an affinity term speaks of. */
export function termSelection(term: AffinityTerm, namespaceLabels: NamespaceLabels): CountedPods {
  const [only] = term.namespaces;
  const isSingle = term.namespaceSelector === undefined && term.namespaces.size === 1;
  return {
    signature: `term|${term.signature}`,
    namespace: isSingle ? only : undefined,
    matches: (pod) => termMatches(term, pod.namespace, pod.labels, namespaceLabels),
  };
}

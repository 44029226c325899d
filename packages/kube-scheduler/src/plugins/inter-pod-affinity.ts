import type { Plugin, QueueingHint } from '../contract.ts';
import { type AffinityTerm, termMatches } from '../state/affinity-terms.ts';
import type { ClusterState, NodeInfo } from '../state/cluster-state.ts';
import { type CountedPods, type Counts, type TermKind, termSelection } from '../state/pod-counts.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { PLUGIN_NAMES } from './names.ts';
import { SCORE_MAX } from './normalize.ts';
import { unresolvable, unschedulable } from './rejection.ts';

const noAffinity = unresolvable("node(s) didn't match pod affinity rules");
const ownAntiAffinity = unschedulable("node(s) didn't match pod anti-affinity rules");
const othersAntiAffinity = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");

/** By topology key, the values of nodes that something is true of, with how much. */
type Topology = Map<string, Map<string, number>>;

interface FilterState {
  readonly terms: readonly AffinityTerm[];
  /** Where pods are that match all of the pod's affinity terms. */
  readonly near: Topology;
  /** The pod matches its own terms: the first of a group may go anywhere. */
  readonly matchesItself: boolean;
  /** Where pods are that the pod must not be near. */
  readonly far: Topology;
  /** Where pods are that must not have the pod near. */
  readonly forbidden: Topology;
}

function addTo(topology: Topology, key: string, counts: Counts, weight: number, cluster: ClusterState): void {
  let values = topology.get(key);
  for (const [slot, count] of counts) {
    const value = cluster.nodeAt(slot)?.labels[key];
    if (value === undefined) continue;
    if (values === undefined) {
      values = new Map();
      topology.set(key, values);
    }
    values.set(value, (values.get(value) ?? 0) + count * weight);
  }
}

function touches(topology: Topology, node: NodeInfo): boolean {
  for (const [key, values] of topology) {
    const value = node.labels[key];
    if (value !== undefined && values.has(value)) return true;
  }
  return false;
}

/** Pods that match every one of the terms. */
function allTerms(terms: readonly AffinityTerm[], cluster: ClusterState): CountedPods {
  const selections = terms.map((term) => termSelection(term, cluster.namespaceLabels));
  const [only] = selections;
  if (selections.length === 1 && only !== undefined) return only;
  return {
    signature: selections.map(({ signature }) => signature).join('&'),
    namespace: undefined,
    matches: (pod) => selections.every((selection) => selection.matches(pod)),
  };
}

const speaksOf = (term: AffinityTerm, pod: PodInfo, cluster: ClusterState) =>
  termMatches(term, pod.namespace, pod.labels, cluster.namespaceLabels);

function filterState(pod: PodInfo, cluster: ClusterState): FilterState {
  const { requiredAffinity, requiredAntiAffinity } = pod.affinity;
  const near: Topology = new Map();
  const far: Topology = new Map();
  const forbidden: Topology = new Map();
  if (requiredAffinity.length > 0) {
    const counts = cluster.count(allTerms(requiredAffinity, cluster));
    for (const { topologyKey } of requiredAffinity) addTo(near, topologyKey, counts, 1, cluster);
  }
  for (const term of requiredAntiAffinity)
    addTo(far, term.topologyKey, cluster.count(termSelection(term, cluster.namespaceLabels)), 1, cluster);
  for (const { term, counts } of cluster.podCounts.carried('requiredAntiAffinity'))
    if (speaksOf(term, pod, cluster)) addTo(forbidden, term.topologyKey, counts, 1, cluster);
  const matchesItself = requiredAffinity.every((term) => speaksOf(term, pod, cluster));
  return { terms: requiredAffinity, near, far, forbidden, matchesItself };
}

function isNear(node: NodeInfo, { terms, near, matchesItself }: FilterState): boolean {
  if (!terms.every(({ topologyKey }) => node.labels[topologyKey] !== undefined)) return false;
  if (terms.every(({ topologyKey }) => near.get(topologyKey)?.has(node.labels[topologyKey]!) ?? false)) return true;
  return near.size === 0 && matchesItself;
}

const CARRIED_SIGNS: readonly (readonly [TermKind, 1 | -1])[] = [
  ['preferredAffinity', 1],
  ['preferredAntiAffinity', -1],
];

/** How much each topology is liked: by the pod's wishes, and by those of pods that are there. */
function likings(pod: PodInfo, cluster: ClusterState, hardWeight: number): Topology {
  const liked: Topology = new Map();
  for (const [kind, sign] of CARRIED_SIGNS) {
    for (const term of pod.affinity[kind])
      addTo(
        liked,
        term.topologyKey,
        cluster.count(termSelection(term, cluster.namespaceLabels)),
        sign * term.weight,
        cluster,
      );
    for (const { term, counts } of cluster.podCounts.carried(kind))
      if (speaksOf(term, pod, cluster)) addTo(liked, term.topologyKey, counts, sign * term.weight, cluster);
  }
  if (hardWeight > 0) {
    for (const { term, counts } of cluster.podCounts.carried('requiredAffinity'))
      if (speaksOf(term, pod, cluster)) addTo(liked, term.topologyKey, counts, hardWeight, cluster);
  }
  return liked;
}

/** Whether a term can speak of the pod; labels of namespaces are not looked at. */
function mayMatch(term: AffinityTerm, pod: PodInfo): boolean {
  const inScope = term.namespaceSelector !== undefined || term.namespaces.has(pod.namespace);
  return inScope && term.selector.matches(pod.labels);
}

/** A pod that came can be what the affinity terms wait for. */
const comesWanted: QueueingHint = ({ affinity }, { other }) =>
  other !== undefined && affinity.requiredAffinity.some((term) => mayMatch(term, other));

/** A pod that went can be what anti-affinity, of either side, was about. */
const goesUnwanted: QueueingHint = (pod, { other }) =>
  other !== undefined &&
  (pod.affinity.requiredAntiAffinity.some((term) => mayMatch(term, other)) ||
    other.affinity.requiredAntiAffinity.some((term) => mayMatch(term, pod)));

/** Its labels may have been any before. */
const changes: QueueingHint = ({ affinity }) =>
  affinity.requiredAffinity.length > 0 || affinity.requiredAntiAffinity.length > 0;

/** Pods near others or away from them, as a rule or as a wish. */
export function interPodAffinity(hardPodAffinityWeight = 1): Plugin<FilterState, Topology> {
  const always = () => true;
  return {
    name: PLUGIN_NAMES.interPodAffinity,
    events: {
      'AssignedPod/Add': comesWanted,
      'AssignedPod/Update': changes,
      'AssignedPod/Delete': goesUnwanted,
      'Node/Add': always,
      'Node/UpdateLabel': always,
    },
    preFilter(pod, cluster) {
      const state = filterState(pod, cluster);
      const isIdle = state.terms.length === 0 && state.far.size === 0 && state.forbidden.size === 0;
      return isIdle ? { kind: 'skip' } : { kind: 'state', state };
    },
    filter(_pod, node, state) {
      if (state.terms.length > 0 && !isNear(node, state)) return noAffinity;
      if (touches(state.far, node)) return ownAntiAffinity;
      return touches(state.forbidden, node) ? othersAntiAffinity : undefined;
    },
    preScore(pod, _nodes, cluster) {
      const liked = likings(pod, cluster, hardPodAffinityWeight);
      return liked.size === 0 ? { kind: 'skip' } : { kind: 'state', state: liked };
    },
    score(_pod, node, liked) {
      let sum = 0;
      for (const [key, values] of liked) sum += values.get(node.labels[key] ?? '') ?? 0;
      return sum;
    },
    normalizeScores(scores) {
      let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const score of scores) {
        lowest = Math.min(lowest, score);
        highest = Math.max(highest, score);
      }
      const span = highest - lowest;
      for (let at = 0; at < scores.length; at += 1)
        scores[at] = span > 0 ? Math.floor((SCORE_MAX * (scores[at]! - lowest)) / span) : 0;
    },
  };
}

import type { LabelMatcher, Pod } from '@steersman/api';
import type { Plugin } from '../contract.ts';
import type { ClusterState, NodeInfo } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { PLUGIN_NAMES } from './names.ts';
import { nodeSelectionOf } from './node-selection.ts';
import { SCORE_MAX } from './normalize.ts';
import { unresolvable, unschedulable } from './rejection.ts';
import {
  type Constraint,
  constraintsOf,
  HOSTNAME_KEY,
  hasKeys,
  type Spread,
  spreadsOf,
  ZONE_KEY,
} from './spread-constraints.ts';

const REASON = "node(s) didn't match pod topology spread constraints";
const missingLabel = unresolvable(`${REASON} (missing required label)`);
const tooSkewed = unschedulable(REASON);

/** Matching pods per domain of one constraint, and the fewest of any domain. */
interface Domains {
  readonly spread: Spread;
  readonly counts: ReadonlyMap<string, number>;
  readonly fewest: number;
}

function domainsOf(spread: Spread, nodes: Iterable<NodeInfo>): Domains {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const domain = node.labels[spread.key];
    if (domain === undefined || !spread.includes(node)) continue;
    counts.set(domain, (counts.get(domain) ?? 0) + (spread.counts.get(node.slot) ?? 0));
  }
  let fewest = Number.POSITIVE_INFINITY;
  for (const count of counts.values()) if (count < fewest) fewest = count;
  const tooFewDomains = counts.size < spread.minDomains || counts.size === 0;
  return { spread, counts, fewest: tooFewDomains ? 0 : fewest };
}

interface ScoredSpread {
  readonly spread: Spread;
  /** By domain; by hostname the counts of the node itself are taken. */
  readonly counts: ReadonlyMap<string, number> | undefined;
  readonly weight: number;
}
interface ScoreState {
  readonly scored: readonly ScoredSpread[];
  /** Nodes without all the labels get no score, unless the constraints are defaults. */
  readonly needsAllKeys: boolean;
}

/** Upstream's defaults for pods of a Service or workload that say nothing themselves. */
const SYSTEM_DEFAULTS = [
  { topologyKey: HOSTNAME_KEY, maxSkew: 3 },
  { topologyKey: ZONE_KEY, maxSkew: 5 },
] as const;

export interface PodTopologySpreadOptions {
  /** What selects the pods that belong together with this one; undefined when nothing does. */
  readonly defaultSelector: (pod: Pod) => LabelMatcher | undefined;
  /** `defaultingType: List` with constraints of its own, or none. */
  readonly defaults?: readonly {
    readonly topologyKey: string;
    readonly maxSkew: number;
    readonly whenUnsatisfiable: string;
  }[];
}

/** Constraints that the configuration gives to pods without any. */
function defaultConstraints(
  pod: Pod,
  options: PodTopologySpreadOptions,
  when: 'DoNotSchedule' | 'ScheduleAnyway',
): readonly Constraint[] {
  if ((pod.spec.topologySpreadConstraints ?? []).length > 0) return [];
  const wanted =
    options.defaults?.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === when) ??
    (when === 'ScheduleAnyway' ? SYSTEM_DEFAULTS : []);
  const selector = wanted.length === 0 ? undefined : options.defaultSelector(pod);
  if (selector === undefined) return [];
  return wanted.map((each) => ({ ...each, minDomains: 1, selector, honorsAffinity: true, honorsTaints: false }));
}

/** Keeps pods spread over zones, nodes or any other topology, as a rule or as a wish (KEP-895). */
export function podTopologySpread(options: PodTopologySpreadOptions): Plugin<readonly Domains[], ScoreState> {
  const hasHard = (pod: PodInfo) => constraintsOf(pod.pod, 'DoNotSchedule').length > 0;
  /** Only pods that count for a rule can change its skew. */
  const counts = (pod: PodInfo, { other }: { readonly other?: PodInfo }) =>
    other?.namespace === pod.namespace &&
    constraintsOf(pod.pod, 'DoNotSchedule').some(({ selector }) => selector.matches(other.labels));
  const sameNamespace = (pod: PodInfo, { other }: { readonly other?: PodInfo }) => other?.namespace === pod.namespace;
  const hasHardDefaults =
    options.defaults?.some(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule') ?? false;
  const mayCount = hasHardDefaults ? sameNamespace : counts;
  return {
    name: PLUGIN_NAMES.podTopologySpread,
    events: {
      'Node/Add': hasHard,
      'Node/UpdateLabel': hasHard,
      'Node/UpdateTaint': hasHard,
      'AssignedPod/Add': mayCount,
      'AssignedPod/Update': sameNamespace,
      'AssignedPod/Delete': mayCount,
    },
    preFilter(pod, cluster) {
      const own = constraintsOf(pod.pod, 'DoNotSchedule');
      const constraints = own.length > 0 ? own : defaultConstraints(pod.pod, options, 'DoNotSchedule');
      if (constraints.length === 0) return { kind: 'skip' };
      const spreads = spreadsOf(constraints, pod, nodeSelectionOf(pod.pod), cluster);
      const nodes = cluster.nodes.filter((node) => hasKeys(node, spreads));
      return { kind: 'state', state: spreads.map((spread) => domainsOf(spread, nodes)) };
    },
    filter(_pod, node, all) {
      for (const { spread, counts, fewest } of all) {
        const domain = node.labels[spread.key];
        if (domain === undefined) return missingLabel;
        const skew = (counts.get(domain) ?? 0) + (spread.countsSelf ? 1 : 0) - fewest;
        if (skew > spread.maxSkew) return tooSkewed;
      }
      return undefined;
    },
    preScore(pod, nodes, cluster) {
      const own = constraintsOf(pod.pod, 'ScheduleAnyway');
      const needsAllKeys = own.length > 0;
      const constraints = needsAllKeys ? own : defaultConstraints(pod.pod, options, 'ScheduleAnyway');
      if (constraints.length === 0) return { kind: 'skip' };
      const spreads = spreadsOf(constraints, pod, nodeSelectionOf(pod.pod), cluster);
      return { kind: 'state', state: { needsAllKeys, scored: scoredSpreads(spreads, nodes, cluster, needsAllKeys) } };
    },
    score(_pod, node, { scored, needsAllKeys }) {
      if (
        needsAllKeys &&
        !hasKeys(
          node,
          scored.map(({ spread }) => spread),
        )
      )
        return 0;
      let sum = 0;
      for (const { spread, counts, weight } of scored) {
        const domain = node.labels[spread.key];
        if (domain === undefined) continue;
        const count = counts === undefined ? (spread.counts.get(node.slot) ?? 0) : (counts.get(domain) ?? 0);
        sum += count * weight + spread.maxSkew - 1;
      }
      return Math.round(sum);
    },
    normalizeScores: fewestIsBest,
  };
}

/** Rarer topologies weigh more: a zone of three differs more than a node of a thousand. */
function scoredSpreads(
  spreads: readonly Spread[],
  candidates: readonly NodeInfo[],
  cluster: ClusterState,
  needsAllKeys: boolean,
): readonly ScoredSpread[] {
  const complete = needsAllKeys ? candidates.filter((node) => hasKeys(node, spreads)) : candidates;
  return spreads.map((spread) => {
    if (spread.key === HOSTNAME_KEY) return { spread, counts: undefined, weight: Math.log(complete.length + 2) };
    const reachable = new Set<string>();
    for (const node of complete) if (node.labels[spread.key] !== undefined) reachable.add(node.labels[spread.key]!);
    const counts = new Map<string, number>();
    for (const [slot, count] of spread.counts) {
      const node = cluster.nodeAt(slot);
      const domain = node?.labels[spread.key];
      if (node === undefined || domain === undefined || !reachable.has(domain) || !spread.includes(node)) continue;
      if (needsAllKeys && !hasKeys(node, spreads)) continue;
      counts.set(domain, (counts.get(domain) ?? 0) + count);
    }
    return { spread, counts, weight: Math.log(reachable.size + 2) };
  });
}

function fewestIsBest(scores: Float64Array, nodes: readonly NodeInfo[], { scored, needsAllKeys }: ScoreState): void {
  const keys = scored.map(({ spread }) => spread);
  const isIgnored = (at: number) => needsAllKeys && !hasKeys(nodes[at]!, keys);
  let [lowest, highest] = [Number.POSITIVE_INFINITY, 0];
  for (let at = 0; at < scores.length; at += 1) {
    if (isIgnored(at)) continue;
    lowest = Math.min(lowest, scores[at]!);
    highest = Math.max(highest, scores[at]!);
  }
  for (let at = 0; at < scores.length; at += 1) {
    if (isIgnored(at)) scores[at] = 0;
    else if (highest === 0) scores[at] = SCORE_MAX;
    else scores[at] = Math.floor((SCORE_MAX * (highest + lowest - scores[at]!)) / highest);
  }
}

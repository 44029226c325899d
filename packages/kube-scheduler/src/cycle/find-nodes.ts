import type { FailedAttempt, Plugin, Profile, Rejection } from '../contract.ts';
import type { ClusterState, NodeInfo } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { withPods } from '../state/what-if.ts';

/** With fewer nodes than this all are looked at; and at least this many are found before looking stops. */
const FEASIBLE_NODES_MIN = 100;
const ADAPTIVE_PERCENT = 50;
const ADAPTIVE_NODES_PER_PERCENT = 125;
const ADAPTIVE_PERCENT_MIN = 5;

/** How many fitting nodes are enough: upstream's rule, which looks at half of small clusters and 5 % of large ones. */
export function nodesToFind(nodes: number, percentage: number): number {
  if (nodes < FEASIBLE_NODES_MIN || percentage >= 100) return nodes;
  const adaptive = Math.max(ADAPTIVE_PERCENT_MIN, ADAPTIVE_PERCENT - Math.floor(nodes / ADAPTIVE_NODES_PER_PERCENT));
  const percent = percentage > 0 ? percentage : adaptive;
  return Math.max(FEASIBLE_NODES_MIN, Math.floor((nodes * percent) / 100));
}

/** A plugin with what its PreFilter told it. */
interface ReadyFilter {
  readonly plugin: Plugin;
  readonly state: unknown;
}

export type FoundNodes =
  | {
      readonly kind: 'found';
      readonly nodes: readonly NodeInfo[];
      /** How many were looked at, to go on there with the next pod. */
      readonly visited: number;
      readonly attempt: FailedAttempt;
    }
  | { readonly kind: 'none'; readonly attempt: FailedAttempt };

type Prepared =
  | {
      readonly kind: 'ready';
      readonly filters: readonly ReadyFilter[];
      readonly names: ReadonlySet<string> | undefined;
    }
  | { readonly kind: 'rejected'; readonly rejection: Rejection & { readonly plugin: string } };

/** Calls every PreFilter; what skips is not asked again for this pod. */
function prepare(profile: Profile, pod: PodInfo, cluster: ClusterState): Prepared {
  const states = new Map<Plugin, unknown>();
  const skipped = new Set<Plugin>();
  let names: ReadonlySet<string> | undefined;
  for (const plugin of profile.plugins.preFilter) {
    const result = plugin.preFilter!(pod, cluster);
    if (result.kind === 'rejected')
      return { kind: 'rejected', rejection: { ...result.rejection, plugin: plugin.name } };
    if (result.kind === 'skip') skipped.add(plugin);
    else {
      states.set(plugin, result.state);
      if (result.nodes !== undefined) names = names?.intersection(result.nodes) ?? result.nodes;
    }
  }
  const filters = profile.plugins.filter
    .filter((plugin) => !skipped.has(plugin))
    .map((plugin) => ({ plugin, state: states.get(plugin) }));
  return { kind: 'ready', filters, names };
}

/** Runs the filters in order; the first that says no is the reason. */
export function rejectionOf(
  pod: PodInfo,
  node: NodeInfo,
  filters: readonly ReadyFilter[],
): (Rejection & { readonly plugin: string }) | undefined {
  for (const { plugin, state } of filters) {
    const rejection = plugin.filter!(pod, node, state);
    if (rejection !== undefined) return { ...rejection, plugin: plugin.name };
  }
  return undefined;
}

/** PreFilter and Filter for one node, on the cluster as it is now. */
export function rejectionOn(
  profile: Profile,
  pod: PodInfo,
  node: NodeInfo,
  cluster: ClusterState,
): (Rejection & { readonly plugin: string }) | undefined {
  const prepared = prepare(profile, pod, cluster);
  return prepared.kind === 'rejected' ? prepared.rejection : rejectionOf(pod, node, prepared.filters);
}

/**
 * A node that other pods were preempted on is promised to the pod they made room for: less important pods must fit
 * beside it, others go as if there were no promise.
 */
function promisedRejection(
  profile: Profile,
  pod: PodInfo,
  node: NodeInfo,
  cluster: ClusterState,
): (Rejection & { readonly plugin: string }) | undefined {
  const nominated = cluster
    .nominatedOn(node.name)
    .filter(({ uid, priority }) => uid !== pod.uid && priority >= pod.priority);
  if (nominated.length === 0) return undefined;
  return withPods(cluster, node.name, { added: nominated }, () => rejectionOn(profile, pod, node, cluster));
}

const NOT_NAMED = "node(s) didn't satisfy plugin(s) [NodeAffinity]";

/**
 * Looks for nodes that the pod fits on, from `start` around, until there are enough to choose from. Looking starts where
 * the last search ended, so that all nodes get their turn.
 */
export function findNodes(profile: Profile, pod: PodInfo, cluster: ClusterState, start: number): FoundNodes {
  const { nodes } = cluster;
  const prepared = prepare(profile, pod, cluster);
  const rejections = new Map<string, Rejection & { readonly plugin: string }>();
  if (prepared.kind === 'rejected')
    return { kind: 'none', attempt: { nodesInAll: nodes.length, rejections, preFilter: prepared.rejection } };
  const { filters, names } = prepared;
  const attempt: FailedAttempt = { nodesInAll: nodes.length, rejections };
  const found: NodeInfo[] = [];
  const enough = nodesToFind(nodes.length, profile.percentageOfNodesToScore);
  let visited = 0;
  if (names === undefined) {
    for (; visited < nodes.length && found.length < enough; visited += 1) {
      const node = nodes[(start + visited) % nodes.length]!;
      const rejection = rejectionOf(pod, node, filters) ?? promisedRejection(profile, pod, node, cluster);
      if (rejection === undefined) found.push(node);
      else rejections.set(node.name, rejection);
    }
  } else {
    for (const name of names) {
      const node = cluster.node(name);
      const rejection = node && (rejectionOf(pod, node, filters) ?? promisedRejection(profile, pod, node, cluster));
      if (node !== undefined && rejection === undefined) found.push(node);
      else if (rejection !== undefined) rejections.set(name, rejection);
    }
    if (found.length === 0) rejectUnnamed(nodes, names, rejections);
  }
  return found.length === 0 ? { kind: 'none', attempt } : { kind: 'found', nodes: found, visited, attempt };
}

function rejectUnnamed(
  nodes: readonly NodeInfo[],
  names: ReadonlySet<string>,
  rejections: Map<string, Rejection & { readonly plugin: string }>,
): void {
  const rejection = { code: 'unresolvable', reasons: [NOT_NAMED], plugin: 'NodeAffinity' } as const;
  for (const node of nodes) if (!names.has(node.name)) rejections.set(node.name, rejection);
}

import type { ClusterEvent, Plugin } from '../contract.ts';
import type { ClusterState, NodeInfo } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { CPU, EPHEMERAL, MEMORY } from '../state/requests.ts';
import { PODS } from '../state/resource-table.ts';
import { PLUGIN_NAMES } from './names.ts';
import { unschedulable } from './rejection.ts';
import { type ScoringStrategy, strategyScore } from './scoring-strategy.ts';

/** What a pod asks for, by column; -1: a resource no node has. */
interface Wanted {
  readonly cluster: ClusterState;
  readonly amounts: readonly { readonly name: string; readonly column: number; readonly amount: number }[];
}

const CORE = [
  ['cpu', CPU],
  ['memory', MEMORY],
  ['ephemeral-storage', EPHEMERAL],
] as const;

function wantedOf(pod: PodInfo, cluster: ClusterState): Wanted {
  const core = CORE.map(([name, column]) => ({ name, column, amount: pod.requests.core[column] }));
  const extended = [...pod.requests.extended].map(([name, amount]) => ({
    name,
    column: cluster.resources.columnOf(name),
    amount,
  }));
  return { cluster, amounts: [...core, ...extended].filter(({ amount }) => amount > 0) };
}

function lacks({ resources }: ClusterState, slot: number, column: number, amount: number): boolean {
  if (column === -1) return true;
  return resources.requested[column]![slot]! + amount > resources.allocatable[column]![slot]!;
}

/** What the node lacks for the pod, as people see it. */
function missingOn(node: NodeInfo, { cluster, amounts }: Wanted): readonly string[] | undefined {
  const { slot } = node;
  let missing: string[] | undefined;
  if (lacks(cluster, slot, PODS, 1)) missing = ['Too many pods'];
  for (const { name, column, amount } of amounts) {
    if (!lacks(cluster, slot, column, amount)) continue;
    missing ??= [];
    missing.push(`Insufficient ${name}`);
  }
  return missing;
}

/** Whether the node could hold the pod if it were empty: only then can removing pods help. */
function couldHold(node: NodeInfo, { cluster, amounts }: Wanted): boolean {
  const { allocatable } = cluster.resources;
  return amounts.every(({ column, amount }) => column !== -1 && amount <= allocatable[column]![node.slot]!);
}

/** Pods go where what they ask for is free, and rather where the strategy likes it. */
export function nodeResourcesFit(
  strategy: ScoringStrategy,
  clusterOf: () => ClusterState,
): Plugin<Wanted, ClusterState> {
  const fitsNow = (pod: PodInfo, { node }: ClusterEvent) =>
    node !== undefined && missingOn(node, wantedOf(pod, clusterOf())) === undefined;
  return {
    name: PLUGIN_NAMES.nodeResourcesFit,
    events: {
      'Node/Add': fitsNow,
      'Node/UpdateAllocatable': fitsNow,
      'AssignedPod/Delete': fitsNow,
      'AssignedPod/Update': fitsNow,
    },
    preFilter: (pod, cluster) => ({ kind: 'state', state: wantedOf(pod, cluster) }),
    filter(_pod, node, wanted) {
      const missing = missingOn(node, wanted);
      if (missing === undefined) return undefined;
      return couldHold(node, wanted) ? unschedulable(...missing) : { code: 'unresolvable', reasons: missing };
    },
    preScore: (_pod, _nodes, cluster) => ({ kind: 'state', state: cluster }),
    score: (pod, node, cluster) => strategyScore(strategy, pod, node, cluster),
  };
}

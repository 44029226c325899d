import type { ClusterState, NodeInfo } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { CPU, EPHEMERAL, MEMORY } from '../state/requests.ts';
import { SCORE_MAX } from './normalize.ts';

export interface WeightedResource {
  readonly name: string;
  readonly weight: number;
}

/** `scoringStrategy` of NodeResourcesFitArgs. */
export type ScoringStrategy =
  | { readonly type: 'LeastAllocated' | 'MostAllocated'; readonly resources: readonly WeightedResource[] }
  | {
      readonly type: 'RequestedToCapacityRatio';
      readonly resources: readonly WeightedResource[];
      /** Points of a line, by utilization in percent; scores from 0 to 10. */
      readonly shape: readonly { readonly utilization: number; readonly score: number }[];
    };

export const DEFAULT_STRATEGY: ScoringStrategy = {
  type: 'LeastAllocated',
  resources: [
    { name: 'cpu', weight: 1 },
    { name: 'memory', weight: 1 },
  ],
};
/** Shape scores go to 10, node scores to 100. */
const SHAPE_SCALE = 10;

/** What would be taken of a resource with the pod on the node, and what there is. */
export function usageOf(
  name: string,
  pod: PodInfo,
  { slot }: NodeInfo,
  { resources }: ClusterState,
  nonZero: boolean,
): { readonly requested: number; readonly allocatable: number } {
  if (nonZero && name === 'cpu')
    return {
      requested: resources.nonZeroCpu[slot]! + pod.requests.nonZeroCpu,
      allocatable: resources.allocatable[CPU]![slot]!,
    };
  if (nonZero && name === 'memory')
    return {
      requested: resources.nonZeroMemory[slot]! + pod.requests.nonZeroMemory,
      allocatable: resources.allocatable[MEMORY]![slot]!,
    };
  const column = resources.columnOf(name);
  if (column === -1) return { requested: 0, allocatable: 0 };
  const own = column <= EPHEMERAL ? pod.requests.core[column as 0 | 1 | 2] : (pod.requests.extended.get(name) ?? 0);
  return { requested: resources.requested[column]![slot]! + own, allocatable: resources.allocatable[column]![slot]! };
}

function scoreOf(strategy: ScoringStrategy, requested: number, allocatable: number): number {
  switch (strategy.type) {
    case 'LeastAllocated':
      return requested > allocatable ? 0 : Math.floor(((allocatable - requested) * SCORE_MAX) / allocatable);
    case 'MostAllocated':
      return Math.floor((Math.min(requested, allocatable) * SCORE_MAX) / allocatable);
    case 'RequestedToCapacityRatio':
      return onShape(strategy.shape, requested > allocatable ? 100 : Math.floor((requested * 100) / allocatable));
  }
}

/** The score on the broken line through the shape's points. */
function onShape(
  shape: readonly { readonly utilization: number; readonly score: number }[],
  utilization: number,
): number {
  const after = shape.findIndex((point) => utilization <= point.utilization);
  const [before, next] = [shape[after - 1], shape[after]];
  if (after === 0 || next === undefined || before === undefined) return (next ?? shape.at(-1))!.score * SHAPE_SCALE;
  const share = (utilization - before.utilization) / (next.utilization - before.utilization);
  return Math.floor((before.score + (next.score - before.score) * share) * SHAPE_SCALE);
}

/** The weighted mean over the strategy's resources that the node has. Extended ones count only for pods that want them. */
export function strategyScore(strategy: ScoringStrategy, pod: PodInfo, node: NodeInfo, cluster: ClusterState): number {
  let sum = 0;
  let weights = 0;
  for (const { name, weight } of strategy.resources) {
    const isCore = name === 'cpu' || name === 'memory' || name === 'ephemeral-storage';
    if (!isCore && !pod.requests.extended.has(name)) continue;
    const { requested, allocatable } = usageOf(name, pod, node, cluster, true);
    if (allocatable === 0) continue;
    sum += scoreOf(strategy, requested, allocatable) * weight;
    weights += weight;
  }
  return weights === 0 ? 0 : Math.floor(sum / weights);
}

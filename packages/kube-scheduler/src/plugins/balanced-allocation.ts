import type { Plugin } from '../contract.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { PLUGIN_NAMES } from './names.ts';
import { SCORE_MAX } from './normalize.ts';
import { usageOf, type WeightedResource } from './scoring-strategy.ts';

/** Prefers nodes whose resources would be used up evenly: 100 less the spread (standard deviation) of their shares. */
export function nodeResourcesBalancedAllocation(resources: readonly WeightedResource[]): Plugin<unknown, ClusterState> {
  return {
    name: PLUGIN_NAMES.nodeResourcesBalancedAllocation,
    preScore(pod, _nodes, cluster) {
      // A pod that asks for nothing moves no share: then every node is as good.
      const asks = pod.requests.core.some((amount) => amount > 0) || pod.requests.extended.size > 0;
      return asks ? { kind: 'state', state: cluster } : { kind: 'skip' };
    },
    score(pod, node, cluster) {
      let [count, sum, squares] = [0, 0, 0];
      for (const { name } of resources) {
        const { requested, allocatable } = usageOf(name, pod, node, cluster, false);
        if (allocatable === 0) continue;
        const share = Math.min(1, requested / allocatable);
        count += 1;
        sum += share;
        squares += share * share;
      }
      if (count < 2) return SCORE_MAX;
      const mean = sum / count;
      return Math.floor((1 - Math.sqrt(Math.max(0, squares / count - mean * mean))) * SCORE_MAX);
    },
  };
}

import type { Random } from '@steersman/machinery';
import type { FailedAttempt, Profile } from '../contract.ts';
import type { ClusterState, NodeInfo } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { findNodes } from './find-nodes.ts';
import { chooseNode, scoreNodes } from './score-nodes.ts';

export type Decision =
  | { readonly kind: 'node'; readonly node: NodeInfo; readonly evaluated: number; readonly feasible: number }
  | { readonly kind: 'none'; readonly attempt: FailedAttempt };

/** Decides where pods go. Holds nothing but the place where it looks next. */
export interface Decider {
  decide(profile: Profile, pod: PodInfo): Decision;
}

export function createDecider(cluster: ClusterState, random: Random): Decider {
  let start = 0;
  return {
    decide(profile, pod) {
      const found = findNodes(profile, pod, cluster, start);
      if (found.kind === 'none') return found;
      start = (start + found.visited) % Math.max(1, cluster.nodes.length);
      const { nodes, attempt } = found;
      const counts = { evaluated: nodes.length + attempt.rejections.size, feasible: nodes.length };
      if (nodes.length === 1) return { kind: 'node', node: nodes[0]!, ...counts };
      const scores = scoreNodes(profile, pod, nodes, cluster);
      return { kind: 'node', node: chooseNode(nodes, scores, random), ...counts };
    },
  };
}

import type { Random } from '@steersman/machinery';
import type { Profile } from '../contract.ts';
import type { ClusterState, NodeInfo } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';

/** What a plugin gave each node, weighted. For explaining a decision. */
export interface PluginScores {
  readonly plugin: string;
  readonly scores: Float64Array;
}

/** Scores nodes with every plugin that has something to say; calls `explain` with each plugin's share when given. */
export function scoreNodes(
  profile: Profile,
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  cluster: ClusterState,
  explain?: (scores: PluginScores) => void,
): Float64Array {
  const totals = new Float64Array(nodes.length);
  const scores = new Float64Array(nodes.length);
  for (const { plugin, weight } of profile.plugins.score) {
    const prepared = plugin.preScore?.(pod, nodes, cluster);
    if (prepared?.kind === 'skip') continue;
    const state = prepared?.state;
    for (let at = 0; at < nodes.length; at += 1) scores[at] = plugin.score!(pod, nodes[at]!, state);
    plugin.normalizeScores?.(scores, nodes, state);
    for (let at = 0; at < nodes.length; at += 1) totals[at]! += weight * scores[at]!;
    explain?.({ plugin: plugin.name, scores: scores.map((score) => score * weight) });
  }
  return totals;
}

/** One of the nodes with the highest score, each with the same chance. */
export function chooseNode(nodes: readonly NodeInfo[], scores: Float64Array, random: Random): NodeInfo {
  let chosen = 0;
  let equals = 1;
  for (let at = 1; at < nodes.length; at += 1) {
    if (scores[at]! > scores[chosen]!) {
      chosen = at;
      equals = 1;
    } else if (scores[at] === scores[chosen]) {
      equals += 1;
      if (random.integer(equals) === 0) chosen = at;
    }
  }
  return nodes[chosen]!;
}

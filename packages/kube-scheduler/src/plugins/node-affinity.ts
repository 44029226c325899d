import type { ClusterEvent, Plugin } from '../contract.ts';
import type { NodeInfo } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { PLUGIN_NAMES } from './names.ts';
import { type NodeSelection, nodePreferenceOf, nodeSelectionOf } from './node-selection.ts';
import { scaleScores } from './normalize.ts';
import { unresolvable } from './rejection.ts';

const REASON = "node(s) didn't match Pod's node affinity/selector";
const rejected = unresolvable(REASON);
const canHelp = ({ pod }: PodInfo, { node }: ClusterEvent) => node !== undefined && nodeSelectionOf(pod).matches(node);

/** nodeSelector and node affinity, required and preferred. */
export function nodeAffinity(): Plugin<NodeSelection, (node: NodeInfo) => number> {
  return {
    name: PLUGIN_NAMES.nodeAffinity,
    events: { 'Node/Add': canHelp, 'Node/UpdateLabel': canHelp },
    preFilter({ pod }) {
      const selection = nodeSelectionOf(pod);
      if (selection.allowsAll) return { kind: 'skip' };
      const { names } = selection;
      return { kind: 'state', state: selection, ...(names !== undefined && { nodes: names }) };
    },
    filter: (_pod, node, selection) => (selection.matches(node) ? undefined : rejected),
    preScore({ pod }) {
      const preference = nodePreferenceOf(pod);
      return preference === undefined ? { kind: 'skip' } : { kind: 'state', state: preference };
    },
    score: (_pod, node, preference) => preference(node),
    normalizeScores: (scores) => scaleScores(scores),
  };
}

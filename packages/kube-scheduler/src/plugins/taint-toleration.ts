import { type Toleration, tolerates, untoleratedTaint } from '@steersman/api';
import type { ClusterEvent, Plugin } from '../contract.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { PLUGIN_NAMES } from './names.ts';
import { scaleScores } from './normalize.ts';
import { unresolvable } from './rejection.ts';
import { keepsAway } from './taints.ts';

const canHelp = (pod: PodInfo, { node }: ClusterEvent) =>
  node !== undefined && untoleratedTaint(node.taints, pod.pod.spec.tolerations, keepsAway) === undefined;

/** Pods go only where they tolerate every taint, and rather where they tolerate the soft ones too. */
export function taintToleration(): Plugin<unknown, readonly Toleration[]> {
  return {
    name: PLUGIN_NAMES.taintToleration,
    events: { 'Node/Add': canHelp, 'Node/UpdateTaint': canHelp },
    filter(pod, node) {
      if (node.taints.length === 0) return undefined;
      const taint = untoleratedTaint(node.taints, pod.pod.spec.tolerations, keepsAway);
      if (taint === undefined) return undefined;
      return unresolvable(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
    },
    preScore(pod) {
      const soft = (pod.pod.spec.tolerations ?? []).filter(
        ({ effect = '' }) => effect === '' || effect === 'PreferNoSchedule',
      );
      return { kind: 'state', state: soft };
    },
    score(_pod, node, soft) {
      let intolerable = 0;
      for (const taint of node.taints) {
        if (taint.effect === 'PreferNoSchedule' && !soft.some((toleration) => tolerates(toleration, taint)))
          intolerable += 1;
      }
      return intolerable;
    },
    normalizeScores: (scores) => scaleScores(scores, true),
  };
}

import {
  type LabelMatcher,
  labelSelectorMatcher,
  type Pod,
  type TopologySpreadConstraint,
  untoleratedTaint,
} from '@steersman/api';
import type { ClusterState, NodeInfo } from '../state/cluster-state.ts';
import { type Counts, spreadSelection } from '../state/pod-counts.ts';
import type { PodInfo } from '../state/pod-info.ts';
import type { NodeSelection } from './node-selection.ts';
import { keepsAway } from './taints.ts';

export const HOSTNAME_KEY = 'kubernetes.io/hostname';
export const ZONE_KEY = 'topology.kubernetes.io/zone';

/** One constraint with the pods that count for it. */
export interface Spread {
  readonly key: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  /** Whether the pod itself will count. */
  readonly countsSelf: boolean;
  /** Matching pods per slot. */
  readonly counts: Counts;
  /** Whether pods on the node count, and the node makes a domain. */
  readonly includes: (node: NodeInfo) => boolean;
}

export type Constraint = Pick<TopologySpreadConstraint, 'topologyKey' | 'maxSkew' | 'minDomains'> & {
  readonly selector: LabelMatcher;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
};

/** `matchLabelKeys` become part of the selector, with the pod's own values (KEP-3243). */
function selectorOf(constraint: TopologySpreadConstraint, pod: Pod): LabelMatcher {
  const labels = pod.metadata.labels ?? {};
  const keys = (constraint.matchLabelKeys ?? []).filter((key) => labels[key] !== undefined);
  const selector = constraint.labelSelector;
  if (keys.length === 0 || selector === undefined) return labelSelectorMatcher(selector);
  const own = keys.map((key) => ({ key, operator: 'In', values: [labels[key] ?? ''] }));
  return labelSelectorMatcher({ ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...own] });
}

/** The pod's own constraints of one kind. */
export function constraintsOf(pod: Pod, whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway'): readonly Constraint[] {
  return (pod.spec.topologySpreadConstraints ?? [])
    .filter((constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable)
    .map((constraint) => ({
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains ?? 1,
      selector: selectorOf(constraint, pod),
      honorsAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
      honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
    }));
}

/** Readies constraints for counting. */
export function spreadsOf(
  constraints: readonly Constraint[],
  pod: PodInfo,
  selection: NodeSelection,
  cluster: ClusterState,
): readonly Spread[] {
  return constraints.map((constraint) => ({
    key: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    countsSelf: constraint.selector.matches(pod.labels),
    counts: cluster.count(spreadSelection(pod.namespace, constraint.selector)),
    includes: (node) =>
      (!constraint.honorsAffinity || selection.allowsAll || selection.matches(node)) &&
      (!constraint.honorsTaints || untoleratedTaint(node.taints, pod.pod.spec.tolerations, keepsAway) === undefined),
  }));
}

/** Whether the node has every topology label asked for. */
export function hasKeys(node: NodeInfo, spreads: readonly { readonly key: string }[]): boolean {
  return spreads.every(({ key }) => node.labels[key] !== undefined);
}

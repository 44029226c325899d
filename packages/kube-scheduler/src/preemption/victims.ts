import { type LabelMatcher, labelSelectorMatcher, type PodDisruptionBudget } from '@steersman/api';
import type { FrameworkHandle, Rejection } from '../contract.ts';
import type { NodeInfo } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';

/** A node and the pods that must go from it, most important first. */
export interface Candidate {
  readonly node: NodeInfo;
  readonly victims: readonly PodInfo[];
  /** How many of them go against a disruption budget. */
  readonly violations: number;
}

/** A budget with how many disruptions it still allows. */
export interface Budget {
  readonly namespace: string;
  readonly selector: LabelMatcher;
  readonly allowed: number;
}

export function budgetsOf(budgets: readonly PodDisruptionBudget[]): readonly Budget[] {
  return budgets.map(({ metadata, spec, status }) => ({
    namespace: metadata.namespace ?? '',
    selector: labelSelectorMatcher(spec.selector),
    allowed: status?.disruptionsAllowed ?? 0,
  }));
}

/** When a pod started; one that has not yet counts as the youngest. */
export const startOf = ({ pod }: PodInfo) => pod.status?.startTime ?? '9999';

/** More important first: higher priority, then longer running. */
export function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0);
}

/** Splits pods into those whose removal would break a budget and those whose removal would not, both in order. */
function byBudget(pods: readonly PodInfo[], budgets: readonly Budget[]): readonly [PodInfo[], PodInfo[]] {
  const left = budgets.map(({ allowed }) => allowed);
  const [violating, harmless]: [PodInfo[], PodInfo[]] = [[], []];
  for (const pod of pods) {
    let breaks = false;
    for (const [at, { namespace, selector }] of budgets.entries()) {
      if (namespace !== pod.namespace || selector.everything || !selector.matches(pod.labels)) continue;
      left[at]! -= 1;
      if (left[at]! < 0) breaks = true;
    }
    (breaks ? violating : harmless).push(pod);
  }
  return [violating, harmless];
}

const noVictims: Rejection = { code: 'unresolvable', reasons: ['No preemption victims found for incoming pod'] };

/**
 * The fewest and least important pods that must go from the node for the pod to fit: removes all that are less
 * important, then lets stay whom it can, first those that a budget protects. The cluster is as before afterwards.
 */
export function selectVictims(
  framework: FrameworkHandle,
  pod: PodInfo,
  node: NodeInfo,
  budgets: readonly Budget[],
): Candidate | Rejection {
  const { cluster } = framework;
  const lesser = [...node.pods.values()].filter(({ priority }) => priority < pod.priority).sort(byImportance);
  if (lesser.length === 0) return noVictims;
  const gone = new Set(lesser);
  for (const each of lesser) cluster.removePod(each.uid);
  try {
    const rejection = framework.rejectionOn(pod, node);
    if (rejection !== undefined) return rejection;
    const [violating, harmless] = byBudget(lesser, budgets);
    let violations = 0;
    for (const each of [...violating, ...harmless]) {
      cluster.setPod(each, node.name);
      gone.delete(each);
      if (framework.rejectionOn(pod, node) === undefined) continue;
      cluster.removePod(each.uid);
      gone.add(each);
      if (violating.includes(each)) violations += 1;
    }
    return { node, victims: [...gone].sort(byImportance), violations };
  } finally {
    for (const each of gone) cluster.setPod(each, node.name);
  }
}

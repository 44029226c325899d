import { type DaemonSet, isTerminating, type Node, nameOf, type Pod, parseTime } from '@steersman/api';
import { scaledValue } from '../deployment/bounds.ts';
import { isAvailable } from '../pods/pod-state.ts';
import { REVISION_LABEL } from '../revisions/history.ts';
import { fitOf, nodeOf } from './nodes.ts';

/** So that one object cannot flood the API server; upstream's burst. */
const PODS_PER_PASS_MAX = 250;

export interface Observed {
  readonly daemonSet: DaemonSet;
  /** Owned by it. */
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  /** The hash of the present template. */
  readonly hash: string;
  readonly settled: boolean;
  readonly nowMs: number;
}
export interface DaemonPlan {
  /** Names of nodes that need a pod. */
  readonly create: readonly string[];
  readonly delete: readonly Pod[];
}

export function podsByNode(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  return Map.groupBy(pods, (pod) => nodeOf(pod) ?? '');
}

function createdAt({ metadata }: Pod): number {
  return parseTime(metadata.creationTimestamp ?? '') || 0;
}
export function isUpdated({ metadata }: Pod, hash: string): boolean {
  return metadata.labels?.[REVISION_LABEL] === hash;
}

interface NodePlan {
  readonly create: boolean;
  readonly delete: readonly Pod[];
}

/** One node's pods: missing ones made, failed and surplus ones removed. During a surge an old and a new one may coexist. */
function planNode({ daemonSet, hash, nowMs }: Observed, node: Node, pods: readonly Pod[], surge: boolean): NodePlan {
  const { shouldRun, mayContinue } = fitOf(daemonSet, node);
  const live = pods.filter((pod) => !isTerminating(pod));
  if (!mayContinue) return { create: false, delete: live };
  const failed = live.filter(({ status }) => status?.phase === 'Failed');
  const running = live
    .filter(({ status }) => status?.phase !== 'Failed')
    .toSorted((a, b) => createdAt(a) - createdAt(b));
  if (!shouldRun && running.length === 0) return { create: false, delete: failed };
  // A pod that is on its way out, or a failed one that goes first, keeps its place until it is gone.
  if (running.length === 0) return { create: pods.length === 0, delete: failed };
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
  const fresh = running.filter((pod) => isUpdated(pod, hash));
  const stale = running.filter((pod) => !isUpdated(pod, hash));
  if (surge && fresh.length > 0 && stale.length > 0) {
    const replaced = fresh.some((pod) => isAvailable(pod, minReadySeconds, nowMs));
    return { create: false, delete: [...failed, ...(replaced ? stale : stale.slice(1)), ...fresh.slice(1)] };
  }
  return { create: false, delete: [...failed, ...running.slice(1)] };
}

/** How many nodes may be without an available pod, or have a second one, during an update. */
function updateBounds(
  { spec }: DaemonSet,
  desired: number,
): { readonly maxUnavailable: number; readonly maxSurge: number } {
  const { maxUnavailable = 1, maxSurge = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
  return {
    maxUnavailable: scaledValue(maxUnavailable, desired, Math.ceil),
    maxSurge: scaledValue(maxSurge, desired, Math.ceil),
  };
}

/** The next steps of a rolling update: old pods to replace, or nodes to surge on. */
function planUpdate(
  observed: Observed,
  byNode: ReadonlyMap<string, readonly Pod[]>,
  targets: readonly Node[],
): DaemonPlan {
  const { daemonSet, hash, nowMs } = observed;
  const { maxUnavailable, maxSurge } = updateBounds(daemonSet, targets.length);
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
  const replace: Pod[] = [];
  const surge: string[] = [];
  let unavailable = 0;
  let surging = 0;
  for (const node of targets) {
    const pods = (byNode.get(nameOf(node)) ?? []).filter((pod) => !isTerminating(pod));
    if (!pods.some((pod) => isAvailable(pod, minReadySeconds, nowMs))) unavailable += 1;
    const stale = pods.find((pod) => !isUpdated(pod, hash));
    if (stale === undefined) continue;
    if (pods.some((pod) => isUpdated(pod, hash))) surging += 1;
    else if (maxSurge > 0) surge.push(nameOf(node));
    else if (!isAvailable(stale, minReadySeconds, nowMs)) replace.unshift(stale);
    else replace.push(stale);
  }
  // Replacing what is not available anyway costs nothing.
  const free = replace.filter((pod) => !isAvailable(pod, minReadySeconds, nowMs));
  const others = replace.slice(free.length, free.length + Math.max(0, maxUnavailable - unavailable));
  return { create: surge.slice(0, Math.max(0, maxSurge - surging)), delete: [...free, ...others] };
}

/** Nodes that should run a pod. */
export function targetNodes(daemonSet: DaemonSet, nodes: readonly Node[]): readonly Node[] {
  return nodes.filter((node) => fitOf(daemonSet, node).shouldRun);
}

/** Decides which nodes get a pod and which pods go. */
export function planDaemons(observed: Observed): DaemonPlan {
  const { daemonSet, nodes, pods, settled } = observed;
  if (!settled || isTerminating(daemonSet)) return { create: [], delete: [] };
  const byNode = podsByNode(pods);
  const targets = targetNodes(daemonSet, nodes);
  const surge = updateBounds(daemonSet, targets.length).maxSurge > 0;
  const create: string[] = [];
  const remove: Pod[] = [];
  for (const node of nodes) {
    const plan = planNode(observed, node, byNode.get(nameOf(node)) ?? [], surge);
    if (plan.create) create.push(nameOf(node));
    remove.push(...plan.delete);
  }
  const known = new Set(nodes.map(nameOf));
  for (const [nodeName, lost] of byNode)
    if (!known.has(nodeName)) remove.push(...lost.filter((pod) => !isTerminating(pod) && nodeOf(pod) !== undefined));
  const rolling = daemonSet.spec.updateStrategy?.type !== 'OnDelete' && create.length === 0 && remove.length === 0;
  const update = rolling ? planUpdate(observed, byNode, targets) : { create: [], delete: [] };
  return {
    create: [...create, ...update.create].slice(0, PODS_PER_PASS_MAX),
    delete: [...remove, ...update.delete].slice(0, PODS_PER_PASS_MAX),
  };
}

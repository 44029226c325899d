import { type DaemonSetStatus, isTerminating, nameOf } from '@steersman/api';
import { isAvailable, isReady } from '../pods/pod-state.ts';
import { fitOf } from './nodes.ts';
import { isUpdated, type Observed, podsByNode } from './plan.ts';

/** The numbers that `kubectl get daemonset` shows. */
export function statusOf(
  { daemonSet, nodes, pods, hash, nowMs }: Observed,
  collisionCount: number | undefined,
): DaemonSetStatus {
  const byNode = podsByNode(pods.filter((pod) => !isTerminating(pod)));
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
  let [desired, current, misscheduled, ready, updated, available] = [0, 0, 0, 0, 0, 0];
  for (const node of nodes) {
    const own = byNode.get(nameOf(node)) ?? [];
    if (!fitOf(daemonSet, node).shouldRun) {
      if (own.length > 0) misscheduled += 1;
      continue;
    }
    desired += 1;
    if (own.length === 0) continue;
    current += 1;
    if (own.some(isReady)) ready += 1;
    if (own.some((pod) => isAvailable(pod, minReadySeconds, nowMs))) available += 1;
    if (own.some((pod) => isUpdated(pod, hash))) updated += 1;
  }
  const unavailable = desired - available;
  return {
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    observedGeneration: daemonSet.metadata.generation ?? 0,
    ...(updated === 0 ? {} : { updatedNumberScheduled: updated }),
    ...(available === 0 ? {} : { numberAvailable: available }),
    ...(unavailable === 0 ? {} : { numberUnavailable: unavailable }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}

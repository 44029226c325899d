import { isPodFinished, isTerminating, type Pod, type PodCondition, parseTime } from '@steersman/api';
import type { NextPass } from '@steersman/machinery';

/** Counts as a replica: neither finished nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !isPodFinished(pod) && !isTerminating(pod);
}

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** When the pod became ready, in milliseconds since the epoch; undefined while it is not. */
export function readySince(pod: Pod): number | undefined {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  const since = ready.lastTransitionTime === undefined ? Number.NaN : parseTime(ready.lastTransitionTime);
  return Number.isNaN(since) ? undefined : since;
}

/** In how many milliseconds the pod will have been ready for `minReadySeconds`: 0 when it is available already. */
export function availableIn(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = readySince(pod);
  return since === undefined ? undefined : Math.max(0, since + minReadySeconds * 1000 - nowMs);
}

/** When a ready pod will have been ready for long enough, the status of its owner must be written again. */
export function nextAvailability(pods: readonly Pod[], minReadySeconds: number, nowMs: number): NextPass {
  const waits = pods.map((pod) => availableIn(pod, minReadySeconds, nowMs) ?? 0).filter((wait) => wait > 0);
  return waits.length === 0 ? 'on-change' : { afterMs: Math.min(...waits) };
}

export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  return availableIn(pod, minReadySeconds, nowMs) === 0;
}

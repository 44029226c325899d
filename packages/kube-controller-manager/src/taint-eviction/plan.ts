import { type Node, type Pod, parseTime, tolerates } from '@steersman/api';

export type Eviction = { readonly kind: 'stay' } | { readonly kind: 'evict'; readonly atMs: number };

/**
 * When a pod must leave its node because of NoExecute taints: at once when one is not tolerated, else when the
 * shortest tolerationSeconds has passed since the taint was added. `firstSeenMs` stands in for taints without a time.
 */
export function planEviction(pod: Pod, node: Node | undefined, firstSeenMs: number): Eviction {
  const taints = (node?.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  if (taints.length === 0) return { kind: 'stay' };
  let atMs = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const matching = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return { kind: 'evict', atMs: Number.NEGATIVE_INFINITY };
    const seconds = matching.map(({ tolerationSeconds }) => tolerationSeconds).filter((value) => value !== undefined);
    if (seconds.length === 0) continue;
    const added = taint.timeAdded === undefined ? Number.NaN : parseTime(taint.timeAdded);
    const sinceMs = Number.isNaN(added) ? firstSeenMs : added;
    atMs = Math.min(atMs, sinceMs + Math.max(0, Math.min(...seconds)) * 1000);
  }
  return atMs === Number.POSITIVE_INFINITY ? { kind: 'stay' } : { kind: 'evict', atMs };
}

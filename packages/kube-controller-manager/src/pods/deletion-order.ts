import { type Pod, parseTime } from '@steersman/api';
import { isReady, readySince } from './pod-state.ts';

/** Pods with a lower cost go first (KEP-2255). */
const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

function deletionCost(pod: Pod): number {
  const cost = Number(pod.metadata.annotations?.[DELETION_COST_ANNOTATION] ?? '0');
  return Number.isSafeInteger(cost) ? cost : 0;
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

/** Ages compare by their order of magnitude (KEP-2185), so that pods of about the same age are picked evenly. */
function ageMagnitude(sinceMs: number, nowMs: number): number {
  const ageMs = nowMs - sinceMs;
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs));
}

function createdAt(pod: Pod): number {
  return parseTime(pod.metadata.creationTimestamp ?? '') || 0;
}

/**
 * Orders pods by how little would be lost, the least useful first: unassigned, pending, not ready, cheap by annotation,
 * on a crowded node, ready only lately, restarting often, young. `neighbours` counts, per node, the active pods of the
 * same family.
 */
export function leastUsefulFirst(
  pods: readonly Pod[],
  neighbours: ReadonlyMap<string, number>,
  nowMs: number,
): readonly Pod[] {
  const crowd = (pod: Pod) => neighbours.get(pod.spec.nodeName ?? '') ?? 0;
  const compare = (a: Pod, b: Pod): number =>
    Number((a.spec.nodeName ?? '') !== '') - Number((b.spec.nodeName ?? '') !== '') ||
    (PHASE_ORDER[a.status?.phase ?? 'Pending'] ?? 0) - (PHASE_ORDER[b.status?.phase ?? 'Pending'] ?? 0) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    crowd(b) - crowd(a) ||
    ageMagnitude(readySince(a) ?? nowMs, nowMs) - ageMagnitude(readySince(b) ?? nowMs, nowMs) ||
    restarts(b) - restarts(a) ||
    ageMagnitude(createdAt(a), nowMs) - ageMagnitude(createdAt(b), nowMs) ||
    (a.metadata.uid ?? '').localeCompare(b.metadata.uid ?? '');
  return pods.toSorted(compare);
}

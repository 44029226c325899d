import type { Node, Taint } from '@steersman/api';
import { formatTime } from '@steersman/api';
import { readyCondition } from '../nodes/node-view.ts';

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** The NoSchedule taint that stands for a condition's status (taint nodes by condition). */
const taintByCondition: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
};
/** The NoSchedule taints that this controller owns; every other taint is someone else's. */
const ownNoSchedule: readonly string[] = [
  ...Object.values(taintByCondition).flatMap((byStatus) => Object.values(byStatus)),
  UNSCHEDULABLE,
];

function wantedNoSchedule({ spec, status }: Node): readonly string[] {
  const keys = (status?.conditions ?? []).map(({ type, status: value }) => taintByCondition[type]?.[value]);
  const wanted = keys.filter((key) => key !== undefined);
  return spec.unschedulable === true ? [...wanted, UNSCHEDULABLE] : wanted;
}

/** The NoExecute taint that an unhealthy node should have, which evicts its pods in time. */
export function wantedNoExecute(node: Node): string | undefined {
  const ready = readyCondition(node)?.status;
  if (ready === 'False') return NOT_READY;
  return ready === 'Unknown' ? UNREACHABLE : undefined;
}

function isNoExecuteOfOurs({ key, effect }: Taint): boolean {
  return effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE);
}

/**
 * The taints that a node should have: NoSchedule ones follow its conditions at once; a NoExecute one is added only when
 * `mayEvict`, swapped when the reason changed, and removed when the node is ready again. Undefined when all is right.
 */
export function planTaints(node: Node, mayEvict: boolean, nowMs: number): readonly Taint[] | undefined {
  const current = node.spec.taints ?? [];
  const noSchedule = wantedNoSchedule(node);
  const noExecute = wantedNoExecute(node);
  const evicting = current.some(isNoExecuteOfOurs);
  const kept = current.filter((taint) => {
    if (taint.effect === 'NoSchedule' && ownNoSchedule.includes(taint.key)) return noSchedule.includes(taint.key);
    return !isNoExecuteOfOurs(taint) || taint.key === noExecute;
  });
  const timeAdded = formatTime(nowMs);
  const has = (key: string, effect: string) => kept.some((taint) => taint.key === key && taint.effect === effect);
  const added: Taint[] = noSchedule
    .filter((key) => !has(key, 'NoSchedule'))
    .map((key) => ({ key, effect: 'NoSchedule', timeAdded }));
  if (noExecute !== undefined && !has(noExecute, 'NoExecute') && (mayEvict || evicting))
    added.push({ key: noExecute, effect: 'NoExecute', timeAdded });
  return added.length === 0 && kept.length === current.length ? undefined : [...kept, ...added];
}

/** Whether the node waits for leave to evict its pods. */
export function awaitsEviction(node: Node): boolean {
  return wantedNoExecute(node) !== undefined && !(node.spec.taints ?? []).some(isNoExecuteOfOurs);
}

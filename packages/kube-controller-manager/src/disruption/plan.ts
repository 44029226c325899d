import {
  formatTime,
  isTerminating,
  type Pod,
  type PodDisruptionBudget,
  type PodDisruptionBudgetStatus,
  parseTime,
} from '@steersman/api';
import { scaledValue } from '../deployment/bounds.ts';
import { isReady } from '../pods/pod-state.ts';

/** As upstream: an eviction that was granted and led to no deletion is forgotten after this. */
export const DISRUPTION_TIMEOUT_MS = 2 * 60_000;

export interface Observed {
  readonly budget: PodDisruptionBudget;
  /** Selected by the budget. */
  readonly pods: readonly Pod[];
  /** How many pods the owners of those pods are meant to have. */
  readonly scale: number;
  readonly nowMs: number;
}

/** Evictions granted and not done yet: their pods do not count as healthy. */
export function pendingDisruptions({ budget, pods, nowMs }: Omit<Observed, 'scale'>): Readonly<Record<string, string>> {
  const names = new Set(pods.filter((pod) => !isTerminating(pod)).map(({ metadata }) => metadata.name ?? ''));
  const granted = Object.entries(budget.status?.disruptedPods ?? {});
  return Object.fromEntries(
    granted.filter(([name, time]) => names.has(name) && parseTime(time) + DISRUPTION_TIMEOUT_MS > nowMs),
  );
}

/** How many pods are expected, and how many of them must be healthy. */
function expectation({ budget, pods, scale }: Observed): { readonly expected: number; readonly desired: number } {
  const { minAvailable, maxUnavailable } = budget.spec;
  if (maxUnavailable !== undefined)
    return { expected: scale, desired: Math.max(0, scale - scaledValue(maxUnavailable, scale, Math.ceil)) };
  if (typeof minAvailable === 'number') return { expected: pods.length, desired: minAvailable };
  if (minAvailable !== undefined) return { expected: scale, desired: scaledValue(minAvailable, scale, Math.ceil) };
  return { expected: pods.length, desired: 0 };
}

/** The budget's status: how many pods may be evicted now (KEP-85). */
export function statusOf(observed: Observed): PodDisruptionBudgetStatus {
  const { budget, pods, nowMs } = observed;
  const disruptedPods = pendingDisruptions(observed);
  const { expected, desired } = expectation(observed);
  const healthy = pods.filter(
    (pod) => !isTerminating(pod) && disruptedPods[pod.metadata.name ?? ''] === undefined && isReady(pod),
  ).length;
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const status = allowed > 0 ? 'True' : 'False';
  const known = budget.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const condition = {
    type: 'DisruptionAllowed',
    status,
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    lastTransitionTime: known?.status === status ? known.lastTransitionTime : formatTime(nowMs),
    observedGeneration: budget.metadata.generation ?? 0,
  };
  const others = (budget.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionAllowed');
  return {
    observedGeneration: budget.metadata.generation ?? 0,
    ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: [...others, condition],
  };
}

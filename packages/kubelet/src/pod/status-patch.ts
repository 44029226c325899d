/** The smallest strategic merge patch that turns one pod status into another. Pure. */
import type { PodCondition, PodStatus } from '@steersman/api';
import { OWN_CONDITIONS } from './conditions.ts';

/** The fields a kubelet writes; others (nominatedNodeName, resourceClaimStatuses ...) are never touched. */
const OWN_FIELDS = [
  'observedGeneration',
  'phase',
  'reason',
  'message',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
] as const satisfies readonly (keyof PodStatus)[];
/** Lists that merge by key: the directive makes the patch replace them. */
const KEYED_LISTS = new Set<string>(['hostIPs', 'podIPs']);

/** The patch's `status`, or undefined when nothing differs. */
export function statusPatch(before: PodStatus, after: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of OWN_FIELDS) {
    if (same(before[field], after[field])) continue;
    const value = after[field];
    if (value === undefined) patch[field] = null;
    else if (KEYED_LISTS.has(field) && before[field] !== undefined)
      patch[field] = [...(value as readonly unknown[]), { $patch: 'replace' }];
    else patch[field] = value;
  }
  const conditions = changedConditions(before.conditions ?? [], after.conditions ?? []);
  if (conditions.length > 0) patch['conditions'] = conditions;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function changedConditions(before: readonly PodCondition[], after: readonly PodCondition[]): readonly unknown[] {
  return after.flatMap((condition) => {
    const previous = before.find(({ type }) => type === condition.type);
    if (!(OWN_CONDITIONS as readonly string[]).includes(condition.type)) return [];
    if (previous === undefined) return [condition];
    const { lastProbeTime: _, ...rest } = previous;
    if (same(rest, condition)) return [];
    // A merged element keeps what the patch does not name.
    const cleared = (['reason', 'message'] as const).filter(
      (key) => previous[key] !== undefined && condition[key] === undefined,
    );
    return [{ ...condition, ...Object.fromEntries(cleared.map((key) => [key, null])) }];
  });
}

/** Equal as JSON whatever the order of keys; empty and absent are the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a) && isEmpty(b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys)
    if (!same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false;
  return true;
}
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

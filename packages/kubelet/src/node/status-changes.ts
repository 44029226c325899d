/** What a kubelet writes of its node's status, and when that has changed. */
import type { NodeStatus } from '@steersman/api';
import { same } from '../pod/status-patch.ts';

const OWN_FIELDS = [
  'capacity',
  'allocatable',
  'addresses',
  'daemonEndpoints',
  'nodeInfo',
  'images',
  'runtimeHandlers',
] as const;
const OWN_CONDITIONS = new Set(['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready']);

export function saysTheSame(before: NodeStatus, after: NodeStatus): boolean {
  return same(comparable(before), comparable(after));
}

/** A status without its heartbeats, and without what others write. */
const comparable = ({ conditions = [], ...status }: NodeStatus) => ({
  ...Object.fromEntries(OWN_FIELDS.map((field) => [field, status[field]])),
  conditions: Object.fromEntries(
    conditions
      .filter(({ type }) => OWN_CONDITIONS.has(type))
      .map(({ type, lastHeartbeatTime: _, ...rest }) => [type, rest]),
  ),
});

/** The strategic merge patch that turns one into the other. */
export function statusPatch(before: NodeStatus | undefined, after: NodeStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = { conditions: after.conditions };
  for (const field of OWN_FIELDS) {
    if (same(before?.[field], after[field])) continue;
    patch[field] =
      field === 'addresses' && before?.addresses !== undefined
        ? [...(after.addresses ?? []), { $patch: 'replace' }]
        : (after[field] ?? null);
  }
  return patch;
}

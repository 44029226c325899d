import { formatTime, type Lease, type Node, type NodeCondition, parseTime } from '@steersman/api';
import { readyCondition } from '../nodes/node-view.ts';

/** What was seen of a node, and when by our own clock: what a node's clock says does not matter. */
export interface Sighting {
  readonly heartbeat: string;
  readonly atMs: number;
}

export interface HealthInput {
  readonly node: Node;
  readonly lease: Lease | undefined;
  readonly last: Sighting | undefined;
  /** Monotonic. */
  readonly monotonicMs: number;
  /** Wall clock, for what is written. */
  readonly nowMs: number;
  readonly graceMs: number;
  readonly startupGraceMs: number;
}

/** Conditions that a silent kubelet leaves behind; all become Unknown with Ready. */
const REPORTED: readonly string[] = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** What changes whenever the kubelet gives a sign of life: its Lease's renewal or its Ready condition. */
function heartbeatOf(node: Node, lease: Lease | undefined): string {
  const ready = readyCondition(node);
  return `${lease?.spec?.renewTime ?? ''} ${ready?.lastHeartbeatTime ?? ''} ${ready?.status ?? ''}`;
}

export function sight({
  node,
  lease,
  last,
  monotonicMs,
}: Pick<HealthInput, 'node' | 'lease' | 'last' | 'monotonicMs'>): Sighting {
  const heartbeat = heartbeatOf(node, lease);
  return last !== undefined && last.heartbeat === heartbeat ? last : { heartbeat, atMs: monotonicMs };
}

function unknownCondition(type: string, known: NodeCondition | undefined, nowMs: number): NodeCondition {
  const now = formatTime(nowMs);
  const never = known === undefined;
  return {
    type,
    status: 'Unknown',
    reason: never ? 'NodeStatusNeverUpdated' : 'NodeStatusUnknown',
    message: never ? 'Kubelet never posted node status.' : 'Kubelet stopped posting node status.',
    ...(known?.lastHeartbeatTime === undefined ? {} : { lastHeartbeatTime: known.lastHeartbeatTime }),
    lastTransitionTime:
      known?.status === 'Unknown' && known.lastTransitionTime !== undefined ? known.lastTransitionTime : now,
  };
}

/** The conditions to write about a node that has been silent for longer than its grace; empty when all is well. */
export function overdueConditions(input: HealthInput, sighting: Sighting): readonly NodeCondition[] {
  const { node, monotonicMs, nowMs } = input;
  const ready = readyCondition(node);
  const graceMs = ready === undefined ? input.startupGraceMs : input.graceMs;
  const createdMs = parseTime(node.metadata.creationTimestamp ?? '');
  const silentMs = monotonicMs - sighting.atMs;
  // A node that never reported has been silent since it was made, also before we started to look.
  const overdue = silentMs > graceMs || (ready === undefined && nowMs - createdMs > graceMs);
  if (!overdue) return [];
  const known = (type: string) => node.status?.conditions?.find((condition) => condition.type === type);
  return REPORTED.filter((type) => known(type)?.status !== 'Unknown').map((type) =>
    unknownCondition(type, known(type), nowMs),
  );
}

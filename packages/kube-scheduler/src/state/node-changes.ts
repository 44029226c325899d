import type { Node } from '@steersman/api';
import type { ClusterEventKind } from '../contract.ts';

const text = (value: unknown) => JSON.stringify(value);

/** What of a changed node can matter to waiting pods. A heartbeat changes nothing. */
export function nodeChanges(before: Node, after: Node): readonly ClusterEventKind[] {
  const kinds: ClusterEventKind[] = [];
  if (text(before.status?.allocatable) !== text(after.status?.allocatable)) kinds.push('Node/UpdateAllocatable');
  if (text(before.metadata.labels) !== text(after.metadata.labels)) kinds.push('Node/UpdateLabel');
  const isTainted = text(before.spec.taints) !== text(after.spec.taints);
  if (isTainted || before.spec.unschedulable !== after.spec.unschedulable) kinds.push('Node/UpdateTaint');
  return kinds;
}

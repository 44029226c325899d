/** Ends pods when the node runs out of memory or disk: one at a time, those first that use more than they asked for. */
import type { Pod } from '@steersman/api';
import { bytesOf } from '../cgroups/resources.ts';
import { qosClassOf } from '../pod/qos.ts';
import type { PodRecord } from '../pod/record.ts';
import { labels } from '../runtime/labels.ts';
import type { HousekeepingOptions } from './housekeeping.ts';

/** System-critical pods are never evicted. */
const CRITICAL_PRIORITY = 2_000_000_000;

export interface Candidate {
  readonly uid: string;
  readonly pod: Pod;
  readonly usedBytes: number;
}

/** Who goes first: users above their request, then lower priority, then the most above it. Pure. */
export function evictionOrder(candidates: readonly Candidate[]): readonly Candidate[] {
  const above = ({ pod, usedBytes }: Candidate) =>
    usedBytes - pod.spec.containers.reduce((sum, { resources }) => sum + bytesOf(resources?.requests?.['memory']), 0);
  const priority = ({ pod }: Candidate) => pod.spec.priority ?? 0;
  return candidates
    .filter((each) => priority(each) < CRITICAL_PRIORITY)
    .toSorted(
      (a, b) => Number(above(b) > 0) - Number(above(a) > 0) || priority(a) - priority(b) || above(b) - above(a),
    );
}

export async function evictOne({ manager, runtime, pressure }: HousekeepingOptions): Promise<void> {
  const { memory, disk } = await pressure();
  if (!memory && !disk) return;
  const stats = await runtime.containerStats();
  const usedBy = (uid: string) =>
    stats
      .filter((each) => each.labels[labels.podUid] === uid)
      .reduce((sum, each) => sum + ((memory ? each.memory?.workingSetBytes : each.writableLayer?.usedBytes) ?? 0), 0);
  const running = [...manager.records()].filter((record: PodRecord) => record.stage === 'running' && record.admitted);
  const [victim] = evictionOrder(running.map(({ uid, pod }) => ({ uid, pod, usedBytes: usedBy(uid) })));
  if (victim === undefined) return;
  const resource = memory ? 'memory' : 'ephemeral-storage';
  manager.fail(
    victim.uid,
    'Evicted',
    `The node was low on resource: ${resource}. Quality of service of the pod: ${qosClassOf(victim.pod)}.`,
    1,
  );
}

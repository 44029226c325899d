/** The status of a pod: phase, conditions, addresses and containers, from what the runtime and the probes say. */
import { formatTime, type PodCondition, type PodStatus } from '@steersman/api';
import { conditionsOf, type PlainCondition } from './conditions.ts';
import { containerStatuses, type StatusInput } from './container-status.ts';
import { type Phase, phaseOf } from './phase.ts';
import { qosClassOf } from './qos.ts';

export interface PodStatusInput extends StatusInput {
  readonly now: number;
  readonly startedAt: number;
  readonly hostIps: readonly string[];
  /** Overrides what the containers say: evicted, past its deadline, refused by the node. */
  readonly verdict?: { readonly phase: 'Failed'; readonly reason: string; readonly message: string } | undefined;
}

export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, runtime, verdict, now } = input;
  const statuses = containerStatuses(input);
  const reported = pod.status?.phase;
  const settled = reported === 'Succeeded' || reported === 'Failed' ? (reported as Phase) : undefined;
  const running = statuses.regular.some(({ state }) => state?.running !== undefined);
  const phase: Phase =
    settled ?? (verdict !== undefined && !running ? verdict.phase : phaseOf(pod, statuses, input.ending));
  // Refused by this kubelet, or by the one before it.
  const refused =
    verdict !== undefined || (settled !== undefined && (pod.status?.containerStatuses ?? []).length === 0);
  const neverRan = refused && runtime.sandboxes.length === 0;
  const generation = pod.metadata.generation;
  const conditions = conditionsOf(pod, runtime, statuses, phase);
  // As long as containers run the pod is not over, and neither is its reason shown.
  const decided = phase === verdict?.phase ? verdict : undefined;
  const reason = decided?.reason ?? (settled && pod.status?.reason);
  const message = decided?.message ?? (settled && pod.status?.message);
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions: conditions.map((each) => dated(each, pod.status?.conditions ?? [], now, generation)),
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    ...addressesOf(input),
    startTime: pod.status?.startTime ?? formatTime(input.startedAt),
    ...(statuses.init.length > 0 ? { initContainerStatuses: statuses.init } : {}),
    ...(neverRan ? {} : { containerStatuses: statuses.regular }),
    ...(statuses.ephemeral.length > 0 ? { ephemeralContainerStatuses: statuses.ephemeral } : {}),
    qosClass: pod.status?.qosClass ?? qosClassOf(pod),
  };
}

/** A transition time moves only when the status does. */
function dated(
  condition: PlainCondition,
  before: readonly PodCondition[],
  now: number,
  generation: number | undefined,
): PodCondition {
  const previous = before.find(({ type }) => type === condition.type);
  const same = previous?.status === condition.status && previous.lastTransitionTime !== undefined;
  return {
    type: condition.type,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    status: condition.status,
    lastTransitionTime: same ? previous.lastTransitionTime : formatTime(now),
    ...(condition.reason === undefined ? {} : { reason: condition.reason }),
    ...(condition.message === undefined ? {} : { message: condition.message }),
  };
}

function addressesOf({ pod, runtime, hostIps }: PodStatusInput): Partial<PodStatus> {
  const sandbox = runtime.sandboxes[0];
  const host = { ...(hostIps[0] === undefined ? {} : { hostIP: hostIps[0], hostIPs: hostIps.map((ip) => ({ ip })) }) };
  const own = pod.spec.hostNetwork ? hostIps : (sandbox?.ips ?? []);
  // A sandbox that was stopped gave its address back; the last one stays shown, as upstream does.
  const ips = own.length > 0 ? own : (pod.status?.podIPs ?? []).map(({ ip }) => ip ?? '');
  if (ips.length === 0) return host;
  return { ...host, podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) };
}

/** The conditions of a pod that the kubelet owns. */
import type { ContainerStatus, Pod, PodCondition } from '@steersman/api';
import type { ContainerStatuses } from './container-status.ts';
import type { Phase } from './phase.ts';
import { isSidecar, type PodRuntime, usableSandbox } from './view.ts';

export type PlainCondition = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** The types that a kubelet writes; all others belong to someone else and are left alone. */
export const OWN_CONDITIONS = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
] as const;

export function conditionsOf(
  pod: Pod,
  runtime: PodRuntime,
  statuses: ContainerStatuses,
  phase: Phase,
): readonly PlainCondition[] {
  const containersReady = containersReadyCondition(pod, statuses, phase);
  return [
    { type: 'PodReadyToStartContainers', status: usableSandbox(runtime) === undefined ? 'False' : 'True' },
    initializedCondition(pod, statuses, phase),
    readyCondition(pod, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ];
}

function initializedCondition(pod: Pod, { init, regular }: ContainerStatuses, phase: Phase): PlainCondition {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  const begun = regular.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated);
  const incomplete = (pod.spec.initContainers ?? []).filter((container, index) => {
    const status = init[index];
    if (status === undefined) return true;
    return isSidecar(container) ? status.started !== true && !begun : !status.ready && !begun;
  });
  if (incomplete.length === 0) return { type, status: 'True' };
  const names = incomplete.map(({ name }) => name).join(' ');
  return {
    type,
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names}]`,
  };
}

function containersReadyCondition(pod: Pod, { init, regular }: ContainerStatuses, phase: Phase): PlainCondition {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const sidecars = init.filter((_, index) => isSidecar((pod.spec.initContainers ?? [])[index]!));
  const unready = [...sidecars, ...regular].filter(({ ready }: ContainerStatus) => !ready);
  if (unready.length === 0) return { type, status: 'True' };
  const names = unready.map(({ name }) => name).join(' ');
  return { type, status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
}

/** Readiness gates (KEP-580) hold Ready back until somebody else sets their conditions. */
function readyCondition(pod: Pod, containersReady: PlainCondition): PlainCondition {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const missing = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (condition === undefined)
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    if (condition.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  if (missing.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: missing.join(', ') };
}

/** The phase of a pod, from its container statuses (pod life cycle documentation). */
import type { ContainerStatus, Pod } from '@steersman/api';
import type { ContainerStatuses } from './container-status.ts';
import { isSidecar } from './view.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** `ending`: nothing will be started again, so ended containers settle the phase whatever the restart policy. */
export function phaseOf(pod: Pod, { init, regular }: ContainerStatuses, ending: boolean): Phase {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const initPhase = phaseWhileInitialising(pod, init, regular, policy === 'Never' || ending);
  if (initPhase !== undefined) return initPhase;
  const running = regular.filter(({ state }) => state?.running !== undefined);
  const ended = regular.filter((each) => terminatedOf(each) !== undefined && each.state?.running === undefined);
  const sidecarsRun = init.some(({ state }) => state?.running !== undefined);
  if (running.length + ended.length < regular.length)
    return ending && ended.length > 0 && running.length === 0 ? 'Failed' : 'Pending';
  if (running.length > 0 || ended.length === 0) return 'Running';
  const succeeded = ended.every((each) => terminatedOf(each)?.exitCode === 0);
  if (sidecarsRun) return 'Running';
  if (ending) return succeeded ? 'Succeeded' : 'Failed';
  if (ended.some(({ state }) => state?.waiting !== undefined) || policy === 'Always') return 'Running';
  if (succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

const terminatedOf = ({ state, lastState }: ContainerStatus) => state?.terminated ?? lastState?.terminated;

function phaseWhileInitialising(
  pod: Pod,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  failuresAreFinal: boolean,
): Phase | undefined {
  // A regular container that ever ran means that initialisation was over.
  if (regular.some((each) => each.state?.running !== undefined || terminatedOf(each) !== undefined)) return undefined;
  for (const [index, container] of (pod.spec.initContainers ?? []).entries()) {
    const status = init[index];
    if (status === undefined) return 'Pending';
    if (isSidecar(container)) {
      if (status.started !== true) return 'Pending';
      continue;
    }
    const { terminated } = status.state ?? {};
    if (terminated === undefined) return 'Pending';
    if (terminated.exitCode !== 0)
      return failuresAreFinal || container.restartPolicy === 'Never' ? 'Failed' : 'Pending';
  }
  return undefined;
}

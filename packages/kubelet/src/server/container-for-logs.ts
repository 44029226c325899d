import { type ContainerStatus, errors, type Pod } from '@steersman/api';

/** What a container that has nothing to show is waiting for, in the words that clients know. */
function waitingText(reason: string | undefined): string {
  if (reason === 'ErrImagePull') return "image can't be pulled";
  if (reason === 'ImagePullBackOff') return 'trying and failing to pull image';
  return reason ?? '';
}

function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = pod.status ?? {};
  return [...(containerStatuses ?? []), ...(initContainerStatuses ?? []), ...(ephemeralContainerStatuses ?? [])].find(
    ({ name }) => name === container,
  );
}

/** The runtime's own id: `containerd://abc` without its scheme. */
export function runtimeId(containerId: string): string {
  return containerId.slice(containerId.indexOf('://') === -1 ? 0 : containerId.indexOf('://') + 3);
}

/**
 * Chooses the instance of a container whose log is meant: the running one, else the last one that ended; with `previous`,
 * the one before. Answers the runtime's id. Throws ApiError BadRequest with upstream's texts when there is none.
 */
export function containerForLogs(pod: Pod, container: string, previous: boolean): string {
  const podName = pod.metadata.name ?? '';
  const which = `container ${JSON.stringify(container)} in pod ${JSON.stringify(podName)}`;
  const status = statusOf(pod, container);
  if (status === undefined) throw errors.badRequest(`${which} is not available`);
  const { running, terminated, waiting } = status.state ?? {};
  const last = status.lastState?.terminated?.containerID;
  if (previous) {
    if (!last) throw errors.badRequest(`previous terminated ${which} not found`);
    return runtimeId(last);
  }
  if (running) return runtimeId(status.containerID ?? '');
  if (terminated || status.lastState?.terminated) {
    const id = terminated?.containerID || last;
    if (!id) throw errors.badRequest(`${which} is terminated`);
    return runtimeId(id);
  }
  if (waiting) throw errors.badRequest(`${which} is waiting to start: ${waitingText(waiting.reason)}`);
  throw errors.badRequest(`${which} is waiting to start - no logs yet`);
}

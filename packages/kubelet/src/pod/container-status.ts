/** Container statuses, as the pod's status shows them. */
import { type Container, type ContainerState, type ContainerStatus, formatTime, type Pod } from '@steersman/api';
import type { RuntimeContainerStatus } from '../runtime/contract.ts';
import { type Resized, resourcesInForce } from './resize.ts';
import { shouldStart } from './restart.ts';
import {
  type ContainerKind,
  isSidecar,
  type PodRuntime,
  type ProbeResults,
  restartCountOf,
  type SpecContainer,
  specContainers,
} from './view.ts';

export interface Waiting {
  readonly reason: string;
  readonly message: string;
}
export interface StatusInput {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly probes: ProbeResults;
  /** Why containers could not be started, by name. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  readonly terminationMessages: ReadonlyMap<string, string>;
  /** What containers were given since they started. */
  readonly resized: Resized;
  /** The scheme of container ids, such as `containerd`. */
  readonly runtimeName: string;
  /** The pod is being ended: nothing will be started again. */
  readonly ending: boolean;
}

const SIGKILL_CODE = 137;

export interface ContainerStatuses {
  readonly init: readonly ContainerStatus[];
  readonly regular: readonly ContainerStatus[];
  readonly ephemeral: readonly ContainerStatus[];
}

export function containerStatuses(input: StatusInput): ContainerStatuses {
  const byKind: Record<ContainerKind, ContainerStatus[]> = { init: [], regular: [], ephemeral: [] };
  for (const each of specContainers(input.pod)) byKind[each.kind].push(containerStatus(input, each));
  return byKind;
}

function containerStatus(input: StatusInput, { kind, container }: SpecContainer): ContainerStatus {
  const [latest, previous] = input.runtime.containers.filter(({ name }) => name === container.name);
  if (latest === undefined) return unseen(input, kind, container);
  const state = stateOf(input, latest);
  const base = {
    name: container.name,
    restartCount: restartCountOf(latest),
    image: latest.image === '' ? (container.image ?? '') : latest.image,
    imageID: latest.imageId,
    containerID: `${input.runtimeName}://${latest.id}`,
    ...statusExtras(input, container, latest, kind),
  };
  const lastState = previous === undefined ? {} : stateOf(input, previous);
  const waiting = latest.state === 'running' ? undefined : waitingReason(input, kind, container, latest);
  if (waiting !== undefined) {
    const last = latest.state === 'created' ? lastState : state;
    return { ...base, state: { waiting }, lastState: last, ready: false, started: false };
  }
  const started = latest.state === 'running' && input.probes.startup(container, latest.id) === 'success';
  return {
    ...base,
    state,
    lastState: terminatedOnly(lastState),
    ready: readyOf(input, kind, container, latest, started),
    started,
  };
}

const terminatedOnly = ({ terminated }: ContainerState): ContainerState =>
  terminated === undefined ? {} : { terminated };

/** Set while the container is about to be started again and something is known about why it is not yet. */
function waitingReason(input: StatusInput, kind: ContainerKind, container: Container, latest: RuntimeContainerStatus) {
  if (input.ending) return undefined;
  const reason = input.waiting.get(container.name);
  if (latest.state === 'created') return reason ?? { reason: 'ContainerCreating' };
  return reason !== undefined && shouldStart(input.pod, container, kind, input.runtime) ? reason : undefined;
}

function readyOf(
  input: StatusInput,
  kind: ContainerKind,
  container: Container,
  latest: RuntimeContainerStatus,
  started: boolean,
): boolean {
  if (kind === 'init' && !isSidecar(container)) return latest.state === 'exited' && latest.exitCode === 0;
  return started && (kind === 'ephemeral' || input.probes.readiness(container, latest.id) === 'success');
}

/** The runtime has no record of it: not started yet, or forgotten since. */
function unseen(
  { pod, waiting, ending, runtime }: StatusInput,
  kind: ContainerKind,
  container: Container,
): ContainerStatus {
  const reported = reportedStatus(pod, kind, container.name);
  if (reported?.state?.terminated !== undefined) return { ...reported, ready: reported.ready && kind === 'init' };
  const initialising = (pod.spec.initContainers ?? []).length > 0 && kind === 'regular';
  const base = {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    restartCount: reported?.restartCount ?? 0,
    started: false,
  };
  if (reported?.state?.running !== undefined && (ending || runtime.containers.length > 0)) {
    return { ...reported, ready: false, started: false, state: { terminated: lostState(reported) } };
  }
  const reason = waiting.get(container.name) ?? {
    reason: initialising || (kind === 'init' && ending) ? 'PodInitializing' : defaultReason(pod),
  };
  return { ...base, state: { waiting: reason }, lastState: {} };
}
const defaultReason = (pod: Pod): string =>
  (pod.spec.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';

const lostState = (reported: ContainerStatus) => ({
  exitCode: SIGKILL_CODE,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
  ...(reported.state?.running?.startedAt === undefined ? {} : { startedAt: reported.state.running.startedAt }),
});

function reportedStatus(pod: Pod, kind: ContainerKind, name: string): ContainerStatus | undefined {
  const lists = {
    init: 'initContainerStatuses',
    regular: 'containerStatuses',
    ephemeral: 'ephemeralContainerStatuses',
  } as const;
  return pod.status?.[lists[kind]]?.find((each) => each.name === name);
}

function stateOf(input: StatusInput, status: RuntimeContainerStatus): ContainerState {
  switch (status.state) {
    case 'running':
      return { running: { startedAt: formatTime(status.startedAt) } };
    case 'created':
      return { waiting: { reason: 'ContainerCreating' } };
    default: {
      const unknown = status.state === 'unknown';
      const message = input.terminationMessages.get(status.id) ?? status.message;
      return {
        terminated: {
          exitCode: unknown ? SIGKILL_CODE : status.exitCode,
          reason: unknown ? 'ContainerStatusUnknown' : status.reason || (status.exitCode === 0 ? 'Completed' : 'Error'),
          ...(message === '' ? {} : { message }),
          // The epoch stands for "never started": upstream shows null.
          ...(status.startedAt > 0 ? { startedAt: formatTime(status.startedAt) } : {}),
          ...(status.finishedAt > 0 ? { finishedAt: formatTime(status.finishedAt) } : {}),
          containerID: `${input.runtimeName}://${status.id}`,
        },
      };
    }
  }
}

/** What newer API versions add: resources in force, mounts and user. */
function statusExtras(input: StatusInput, container: Container, status: RuntimeContainerStatus, kind: ContainerKind) {
  const { requests, limits } = resourcesInForce(container, status, input.resized);
  const resources = { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) };
  const running = status.state === 'running';
  const mounts = (container.volumeMounts ?? []).map((mount) => ({
    name: mount.name,
    mountPath: mount.mountPath,
    ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
  }));
  return {
    ...(running && kind !== 'ephemeral' ? { resources } : {}),
    ...(running && requests !== undefined ? { allocatedResources: requests } : {}),
    ...(mounts.length > 0 ? { volumeMounts: mounts } : {}),
    ...(status.user !== undefined && running ? { user: { linux: status.user } } : {}),
  };
}

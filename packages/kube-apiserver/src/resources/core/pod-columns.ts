/** What `kubectl get pods` shows. */
import { type ContainerStatus, isPodFinished, isTerminating, type Pod, parseTime } from '@steersman/api';
import type { Column } from '../../registry/contract.ts';
import { age, ageColumn, nameColumn, orNone, text } from '../columns.ts';

export const podColumns: readonly Column<Pod>[] = [
  nameColumn(),
  text('Ready', 'Ready containers of all that should run.', (pod) => {
    const { ready, total } = summarize(pod);
    return `${ready}/${total}`;
  }),
  text('Status', 'What the pod is doing, or why it is not running.', (pod) => summarize(pod).status),
  text('Restarts', 'Container restarts, and how long ago the last one was.', (pod, now) => {
    const { restarts, lastRestart } = summarize(pod);
    return restarts === 0 || lastRestart === undefined
      ? String(restarts)
      : `${restarts} (${age(lastRestart, now)} ago)`;
  }),
  ageColumn(),
  text('IP', 'The address of the pod.', (pod) => orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? ''), 1),
  text('Node', 'The node the pod is bound to.', (pod) => orNone(pod.spec.nodeName ?? ''), 1),
  text(
    'Nominated Node',
    'The node where others are being preempted for the pod.',
    (pod) => orNone(pod.status?.nominatedNodeName ?? ''),
    1,
  ),
  text('Readiness Gates', 'Readiness gates that are true, of all.', readinessGates, 1),
];

interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
}

/** Counts containers and finds the one word that tells a person how the pod is. */
export function summarize(pod: Pod): Summary {
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const total = pod.spec.containers.length + sidecars.size;
  const init = summarizeInit(pod, sidecars);
  const initialized = hasCondition(pod, 'Initialized');
  if (init.status !== undefined && !initialized) {
    return {
      ready: init.ready,
      total,
      status: terminatingStatus(pod) ?? init.status,
      restarts: init.restarts,
      lastRestart: init.lastRestart,
    };
  }
  const main = summarizeMain(pod, init.status ?? startStatus(pod));
  return {
    ready: init.ready + main.ready,
    total,
    status: terminatingStatus(pod) ?? main.status,
    restarts: init.sidecarRestarts + main.restarts,
    lastRestart: latest(init.sidecarLastRestart, main.lastRestart),
  };
}

function startStatus(pod: Pod): string {
  const gated = pod.status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || '';
}

function summarizeInit(pod: Pod, sidecars: ReadonlySet<string>) {
  const count = pod.spec.initContainers?.length ?? 0;
  let [ready, restarts, sidecarRestarts] = [0, 0, 0];
  let lastRestart: string | undefined;
  let sidecarLastRestart: string | undefined;
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = sidecars.has(container.name);
    restarts += container.restartCount;
    lastRestart = latest(lastRestart, container.lastState?.terminated?.finishedAt);
    if (sidecar) {
      sidecarRestarts += container.restartCount;
      sidecarLastRestart = latest(sidecarLastRestart, container.lastState?.terminated?.finishedAt);
    }
    if (container.state?.terminated?.exitCode === 0) continue;
    if (sidecar && container.started === true) {
      if (container.ready) ready++;
      continue;
    }
    return {
      ready,
      restarts,
      lastRestart,
      sidecarRestarts,
      sidecarLastRestart,
      status: initStatus(container, index, count),
    };
  }
  return { ready, restarts, lastRestart, sidecarRestarts, sidecarLastRestart, status: undefined };
}

function initStatus({ state }: ContainerStatus, index: number, count: number): string {
  if (state?.terminated) return `Init:${state.terminated.reason || exitText(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${count}`;
}

function summarizeMain(pod: Pod, start: string) {
  let status = start;
  let [ready, restarts] = [0, 0];
  let lastRestart: string | undefined;
  // Backwards, so that the first container's trouble is the one that shows.
  for (const container of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    const { waiting, terminated, running } = container.state ?? {};
    restarts += container.restartCount;
    lastRestart = latest(lastRestart, container.lastState?.terminated?.finishedAt);
    if (waiting?.reason) status = waiting.reason;
    else if (terminated) status = terminated.reason || exitText(terminated);
    else if (container.ready && running) ready++;
  }
  if (status === 'Completed' && ready > 0) status = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  return { ready, restarts, lastRestart, status };
}

function exitText({ signal, exitCode }: { readonly signal?: number | undefined; readonly exitCode: number }): string {
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function terminatingStatus(pod: Pod): string | undefined {
  if (!isTerminating(pod)) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  return isPodFinished(pod) ? undefined : 'Terminating';
}

function hasCondition(pod: Pod, wanted: string): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === wanted && status === 'True') ?? false;
}

function latest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return parseTime(a) >= parseTime(b) ? a : b;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter(({ conditionType }) => hasCondition(pod, conditionType)).length}/${gates.length}`;
}

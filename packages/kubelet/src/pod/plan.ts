/**
 * What one pass over a running pod should do. Pure: no clock, no runtime, no await. Stopping a pod (deletion, deadline,
 * completion) is planned in termination.ts; crash back-off is applied where containers are started.
 */
import type { Container, Pod } from '@steersman/api';
import type { RuntimeContainerStatus } from '../runtime/contract.ts';
import { annotations } from '../runtime/labels.ts';
import { containerHash } from './hash.ts';
import { type ResizeContainer, type Resized, resizeNeeded, resourcesInForce } from './resize.ts';
import { restartPolicyOf, restartsAfter, shouldStart } from './restart.ts';
import {
  type ContainerKind,
  initContainersOf,
  isSidecar,
  newestOf,
  type PodRuntime,
  type ProbeResults,
  usableSandbox,
} from './view.ts';

export interface PodView {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly probes: ProbeResults;
  /** Ids of containers that are being stopped. */
  readonly stopping: ReadonlySet<string>;
  /** What containers were given since they started. */
  readonly resized: Resized;
}
export interface StopContainer {
  readonly kind: 'stop-container';
  readonly id: string;
  readonly container: Container;
  readonly message: string;
  /** A probe may have its own. */
  readonly graceSeconds?: number | undefined;
}
export interface StartContainer {
  readonly kind: 'start-container';
  readonly type: ContainerKind;
  readonly container: Container;
}
export type PodAction =
  | { readonly kind: 'create-sandbox'; readonly attempt: number }
  | StartContainer
  | StopContainer
  | ResizeContainer;
export type PodPlan =
  /** Every container has ended for good. */
  { readonly kind: 'finished' } | { readonly kind: 'act'; readonly actions: readonly PodAction[] };

const act = (actions: readonly PodAction[]): PodPlan => ({ kind: 'act', actions });

export function planPod(view: PodView): PodPlan {
  const { pod, runtime, stopping } = view;
  const sandbox = usableSandbox(runtime);
  if (sandbox === undefined) return planSandbox(view);
  const ephemeral = planEphemeral(pod, runtime, sandbox.id);
  const init = planInit(view, sandbox.id);
  if (init.outcome === 'failed') return { kind: 'finished' };
  if (init.outcome === 'waiting') return act([...ephemeral, ...init.actions]);
  const regular = pod.spec.containers.map((container) => planContainer(view, container, 'regular'));
  const over = pod.spec.containers.every((container, index) => {
    const status = newestOf(runtime, container.name);
    return regular[index]!.length === 0 && status?.state === 'exited' && !stopping.has(status.id);
  });
  if (over) return { kind: 'finished' };
  return act([...ephemeral, ...init.actions, ...regular.flat()]);
}

function planSandbox({ pod, runtime }: PodView): PodPlan {
  const attempt = runtime.sandboxes.length === 0 ? 0 : Math.max(...runtime.sandboxes.map((each) => each.attempt)) + 1;
  if (attempt > 0 && runtime.containers.length > 0) {
    // The sandbox died with containers in it: only pods that would restart them get another one.
    const mayRun = pod.spec.containers.some((container) => shouldStart(pod, container, 'regular', afterLoss(runtime)));
    if (!mayRun) return { kind: 'finished' };
  }
  return act([{ kind: 'create-sandbox', attempt }]);
}

/** Containers that the runtime still reports as running in a dead sandbox are as good as killed. */
const afterLoss = (runtime: PodRuntime): PodRuntime => ({
  ...runtime,
  containers: runtime.containers.map((each) =>
    each.state === 'running' ? { ...each, state: 'exited' as const, exitCode: 137 } : each,
  ),
});

function planEphemeral(pod: Pod, runtime: PodRuntime, sandboxId: string): readonly PodAction[] {
  return (pod.spec.ephemeralContainers ?? [])
    .filter(({ name }) => newestOf(runtime, name, sandboxId) === undefined)
    .map((container) => ({ kind: 'start-container', type: 'ephemeral', container }));
}

interface InitPlan {
  readonly outcome: 'done' | 'waiting' | 'failed';
  readonly actions: readonly PodAction[];
}

function planInit(view: PodView, sandboxId: string): InitPlan {
  const { pod, runtime } = view;
  const containers = initContainersOf(pod);
  const actions: PodAction[] = [];
  for (const [index, container] of containers.entries()) {
    const begun = hasBegunAfter(pod, runtime, sandboxId, index);
    if (isSidecar(container)) {
      actions.push(...planContainer(view, container, 'init', sandboxId));
      const status = newestOf(runtime, container.name, sandboxId);
      const started = status?.state === 'running' && view.probes.startup(container, status.id) === 'success';
      if (!started && !begun) return { outcome: 'waiting', actions };
      continue;
    }
    if (begun) continue; // It ended well, or nothing after it would have begun; its record may be gone.
    const status = newestOf(runtime, container.name, sandboxId);
    if (status?.state === 'exited' && status.exitCode === 0) continue;
    if (status?.state === 'running') return { outcome: 'waiting', actions };
    if (status?.state === 'exited' && !restartsAfter(pod, container, 'init', status))
      return { outcome: 'failed', actions };
    return { outcome: 'waiting', actions: [...actions, { kind: 'start-container', type: 'init', container }] };
  }
  return { outcome: 'done', actions };
}

/** Whether anything that comes after this init container has been started in this sandbox. */
function hasBegunAfter(pod: Pod, runtime: PodRuntime, sandboxId: string, index: number): boolean {
  const later = [...initContainersOf(pod).slice(index + 1), ...pod.spec.containers];
  return later.some(({ name }) => {
    const status = newestOf(runtime, name, sandboxId);
    return status !== undefined && status.state !== 'created';
  });
}

/** A container that is meant to stay up. */
function planContainer(
  view: PodView,
  container: Container,
  type: 'init' | 'regular',
  sandboxId?: string,
): readonly PodAction[] {
  const { pod, runtime, stopping } = view;
  const status = newestOf(runtime, container.name, sandboxId);
  if (status !== undefined && stopping.has(status.id)) return [];
  if (status?.state !== 'running') {
    const starts = status === undefined && sandboxId !== undefined ? true : shouldStart(pod, container, type, runtime);
    return starts ? [{ kind: 'start-container', type, container }] : [];
  }
  const stop = reasonToStop(view, container, status, restartPolicyOf(pod, container, type) !== 'Never');
  if (stop !== undefined) return [{ kind: 'stop-container', id: status.id, container, ...stop }];
  return planResize(view, container, status);
}

function planResize({ resized }: PodView, container: Container, status: RuntimeContainerStatus): readonly PodAction[] {
  const needed = resizeNeeded(container, resourcesInForce(container, status, resized));
  if (needed === 'no') return [];
  if (needed === 'in-place') return [{ kind: 'resize-container', id: status.id, container }];
  const message = `Container ${container.name} resize requires restart`;
  return [{ kind: 'stop-container', id: status.id, container, message }];
}

function reasonToStop(
  { probes }: PodView,
  container: Container,
  status: RuntimeContainerStatus,
  restarts: boolean,
): Pick<StopContainer, 'message' | 'graceSeconds'> | undefined {
  const suffix = restarts ? ', will be restarted' : '';
  const hash = status.annotations[annotations.hash];
  if (hash !== undefined && hash !== containerHash(container)) {
    return { message: `Container ${container.name} definition changed${suffix}` };
  }
  if (probes.startup(container, status.id) === 'failure') {
    return {
      message: `Container ${container.name} failed startup probe${suffix}`,
      graceSeconds: container.startupProbe?.terminationGracePeriodSeconds,
    };
  }
  if (probes.liveness(container, status.id) === 'failure') {
    return {
      message: `Container ${container.name} failed liveness probe${suffix}`,
      graceSeconds: container.livenessProbe?.terminationGracePeriodSeconds,
    };
  }
  return undefined;
}

/** What is known about one pod when a pass over it begins. */
import type { Container, EphemeralContainer, Pod } from '@steersman/api';
import type { RuntimeContainerStatus, SandboxStatus } from '../runtime/contract.ts';
import { annotations } from '../runtime/labels.ts';

/** What the runtime holds of a pod, newest first. */
export interface PodRuntime {
  readonly sandboxes: readonly SandboxStatus[];
  readonly containers: readonly RuntimeContainerStatus[];
}
export type ProbeResult = 'success' | 'failure' | 'unknown';
/** Results by container id. A container without the probe in question counts as 'success'. */
export interface ProbeResults {
  liveness(container: Container, id: string): ProbeResult;
  readiness(container: Container, id: string): ProbeResult;
  startup(container: Container, id: string): ProbeResult;
}

export type ContainerKind = 'init' | 'regular' | 'ephemeral';
/** A container of the spec, in the order of its list. */
export interface SpecContainer {
  readonly kind: ContainerKind;
  readonly container: Container;
}

export const initContainersOf = (pod: Pod): readonly Container[] => pod.spec.initContainers ?? [];
/** A sidecar: an init container that keeps running (KEP-753). */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

export function specContainers(pod: Pod): readonly SpecContainer[] {
  return [
    ...initContainersOf(pod).map((container) => ({ kind: 'init' as const, container })),
    ...pod.spec.containers.map((container) => ({ kind: 'regular' as const, container })),
    ...(pod.spec.ephemeralContainers ?? []).map((each) => ({
      kind: 'ephemeral' as const,
      container: asContainer(each),
    })),
  ];
}
const asContainer = ({ targetContainerName: _, ...container }: EphemeralContainer): Container => container;

export const findSpecContainer = (pod: Pod, name: string): SpecContainer | undefined =>
  specContainers(pod).find(({ container }) => container.name === name);

/** The newest record of a container, in one sandbox or in any. */
export const newestOf = (runtime: PodRuntime, name: string, sandboxId?: string): RuntimeContainerStatus | undefined =>
  runtime.containers.find((each) => each.name === name && (sandboxId === undefined || each.sandboxId === sandboxId));

export const restartCountOf = (status: RuntimeContainerStatus): number =>
  Number(status.annotations[annotations.restartCount] ?? status.attempt);

/** The sandbox that containers may be started in, if there is exactly that. */
export function usableSandbox(runtime: PodRuntime): SandboxStatus | undefined {
  const [latest] = runtime.sandboxes;
  if (latest === undefined || !latest.ready) return undefined;
  return latest.hostNetwork || latest.ips.length > 0 ? latest : undefined;
}

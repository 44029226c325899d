/** Containers that are to have more or less than they were started with (KEP-1287). */
import { type Container, parseQuantity, type ResourceRequirements } from '@steersman/api';
import type { RuntimeContainerStatus } from '../runtime/contract.ts';
import { annotations } from '../runtime/labels.ts';
import type { PodDependencies } from './dependencies.ts';
import type { PodRecord } from './record.ts';

/** The latest resize of containers, by id. A restart of the kubelet forgets them and does them again. */
export type Resized = ReadonlyMap<string, ResourceRequirements>;

export interface ResizeContainer {
  readonly kind: 'resize-container';
  readonly id: string;
  readonly container: Container;
}

const NAMES = ['cpu', 'memory'] as const;

/** What a container runs with: what it was last given, else what it was started with, which its annotation tells. */
export function resourcesInForce(
  container: Container,
  { id, annotations: given }: Pick<RuntimeContainerStatus, 'id' | 'annotations'>,
  resized: Resized,
): ResourceRequirements {
  const known = resized.get(id);
  if (known !== undefined) return known;
  const text = given[annotations.resources];
  return text === undefined ? (container.resources ?? {}) : (JSON.parse(text) as ResourceRequirements);
}

const amountOf = (value: string | undefined): string => (value === undefined ? '' : parseQuantity(value).toString());

function changedNames(container: Container, inForce: ResourceRequirements): readonly string[] {
  const { requests, limits } = container.resources ?? {};
  return NAMES.filter(
    (name) =>
      amountOf(requests?.[name]) !== amountOf(inForce.requests?.[name]) ||
      amountOf(limits?.[name]) !== amountOf(inForce.limits?.[name]),
  );
}

/** Whether a running container must be given other resources, and whether it has to start anew for that. */
export function resizeNeeded(container: Container, inForce: ResourceRequirements): 'no' | 'in-place' | 'restart' {
  const changed = changedNames(container, inForce);
  if (changed.length === 0) return 'no';
  const restarts = container.resizePolicy?.some(
    ({ resourceName, restartPolicy }) => restartPolicy === 'RestartContainer' && changed.includes(resourceName),
  );
  return restarts === true ? 'restart' : 'in-place';
}

/** Gives a container what its spec says. The pod's own cgroup grows before its containers and shrinks after them. */
export async function resizeContainer(
  record: PodRecord,
  { id, container }: ResizeContainer,
  deps: Pick<PodDependencies, 'host' | 'runtime'>,
): Promise<void> {
  try {
    record.prepared = await deps.host.prepare(record.pod, record.startAbort.signal);
  } catch {
    // A pod's cgroup cannot be smaller than a container in it: once that has shrunk, the pod's follows below.
  }
  await deps.runtime.updateContainerResources(id, deps.host.containerResources(record.pod, container));
  record.resized.set(id, container.resources ?? {});
  record.stale = true;
}

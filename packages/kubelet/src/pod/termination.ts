/** What ending a pod needs next. Pure. Sidecars outlive the regular containers and end in reverse order (KEP-753). */
import type { Pod } from '@steersman/api';
import type { RuntimeContainerStatus } from '../runtime/contract.ts';
import { initContainersOf, isSidecar, type PodRuntime } from './view.ts';

export type EndingStep =
  | { readonly kind: 'stop-containers'; readonly containers: readonly RuntimeContainerStatus[] }
  | { readonly kind: 'stop-sandboxes'; readonly ids: readonly string[] }
  | { readonly kind: 'ended' };

export function planEnding(pod: Pod, runtime: PodRuntime): EndingStep {
  const running = runtime.containers.filter(({ state }) => state === 'running' || state === 'unknown');
  if (running.length > 0) return { kind: 'stop-containers', containers: nextToStop(pod, running) };
  const ready = runtime.sandboxes.filter((each) => each.ready);
  return ready.length > 0 ? { kind: 'stop-sandboxes', ids: ready.map(({ id }) => id) } : { kind: 'ended' };
}

function nextToStop(pod: Pod, running: readonly RuntimeContainerStatus[]): readonly RuntimeContainerStatus[] {
  const sidecars = initContainersOf(pod)
    .filter(isSidecar)
    .map(({ name }) => name);
  const others = running.filter(({ name }) => !sidecars.includes(name));
  if (others.length > 0) return others;
  const last = sidecars.findLast((name) => running.some((each) => each.name === name));
  return running.filter(({ name }) => name === last);
}

/** Seconds until the pod's active deadline; undefined without one, zero or less once it is over. */
export function deadlineLeftMs(pod: Pod, startedAt: number, now: number): number | undefined {
  const seconds = pod.spec.activeDeadlineSeconds;
  return seconds === undefined ? undefined : startedAt + seconds * 1000 - now;
}

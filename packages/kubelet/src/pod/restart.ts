/** Whether a container that ended is started again (pod life cycle documentation; KEP-753; KEP-5307 for the rules). */
import type { Container, Pod } from '@steersman/api';
import type { RuntimeContainerStatus } from '../runtime/contract.ts';
import type { ContainerKind, PodRuntime } from './view.ts';
import { isSidecar, newestOf } from './view.ts';

/** The policy that holds for this container: its own, its kind's, or the pod's. */
export function restartPolicyOf(pod: Pod, container: Container, kind: ContainerKind): 'Always' | 'OnFailure' | 'Never' {
  if (kind === 'ephemeral') return 'Never';
  if (container.restartPolicy === 'Always') return 'Always';
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
  if (policy === 'Never') return 'Never';
  return kind === 'init' || policy === 'OnFailure' ? 'OnFailure' : 'Always';
}

/** Whether it should run (again): true too when it never ran. */
export function shouldStart(pod: Pod, container: Container, kind: ContainerKind, runtime: PodRuntime): boolean {
  const status = newestOf(runtime, container.name);
  if (status === undefined || status.state === 'created') return true;
  if (status.state === 'running') return false;
  return restartsAfter(pod, container, kind, status);
}

export function restartsAfter(
  pod: Pod,
  container: Container,
  kind: ContainerKind,
  status: RuntimeContainerStatus,
): boolean {
  if (status.state === 'unknown') return true;
  if (ruleSaysRestart(container, status.exitCode)) return true;
  const policy = restartPolicyOf(pod, container, kind);
  if (policy === 'Always') return kind !== 'init' || isSidecar(container) || status.exitCode !== 0;
  return policy === 'OnFailure' && status.exitCode !== 0;
}

function ruleSaysRestart(container: Container, exitCode: number): boolean {
  return (container.restartPolicyRules ?? []).some(({ action, exitCodes }) => {
    if (action !== 'Restart' || exitCodes === undefined) return false;
    const listed = (exitCodes.values ?? []).includes(exitCode);
    return exitCodes.operator === 'In' ? listed : !listed;
  });
}

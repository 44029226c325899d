import type { Container, LifecycleHandler } from '@steersman/api';
import { runHook } from '../hooks/hook.ts';
import type { SandboxStatus } from '../runtime/contract.ts';
import type { PodDependencies } from './dependencies.ts';

/** The container whose hook it is, and the address its pod is reached at; pods of the host's network have the node's. */
export interface HookSubject {
  readonly id: string;
  readonly container: Container;
  readonly sandbox: Pick<SandboxStatus, 'ips'> | undefined;
}

/** Runs a hook of a running container. Throws `HookError`. */
export function runLifecycleHook(
  hook: LifecycleHandler,
  { id, container, sandbox }: HookSubject,
  { node, means, effects }: PodDependencies,
  signal: AbortSignal,
): Promise<void> {
  const address = sandbox?.ips[0] ?? node.ips()[0] ?? '127.0.0.1';
  return runHook(hook, { containerId: id, container, address }, means, effects.clock, signal);
}

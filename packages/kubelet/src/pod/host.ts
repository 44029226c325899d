/**
 * What a pod needs from its node besides the runtime: directories, volumes, cgroups, and the configurations made of
 * them. One implementation (host/), on a real disk or on none.
 */
import type { Container, Pod } from '@steersman/api';
import type { ContainerConfig, ImageSpec, LinuxResources, SandboxConfig } from '../runtime/config.ts';
import type { RuntimeContainerStatus, SandboxStatus } from '../runtime/contract.ts';
import type { ContainerKind } from './view.ts';

/** Something of the pod's could not be made ready; shown as an event and, for containers, as a waiting reason. */
export class PodSetupError extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.name = 'PodSetupError';
    this.reason = reason;
  }
}

/** What `prepare` made; the host's own record. */
export interface PreparedPod {
  readonly cgroupParent: string;
}
export interface ContainerRequest {
  readonly pod: Pod;
  readonly kind: ContainerKind;
  readonly container: Container;
  readonly image: ImageSpec;
  /** Restarts so far. */
  readonly attempt: number;
  readonly sandbox: SandboxStatus;
  readonly prepared: PreparedPod;
  /** The id of the container whose processes an ephemeral container shares. */
  readonly targetId?: string | undefined;
}

export interface PodHost {
  /** Idempotent. Throws `PodSetupError`. */
  prepare(pod: Pod, signal: AbortSignal): Promise<PreparedPod>;
  sandboxConfig(pod: Pod, prepared: PreparedPod, attempt: number): SandboxConfig;
  /** Throws `PodSetupError` with the waiting reason, such as CreateContainerConfigError. */
  containerConfig(request: ContainerRequest): Promise<ContainerConfig>;
  /** What the container is to be limited to now. */
  containerResources(pod: Pod, container: Container): LinuxResources;
  /** What the container left as its last words; empty when nothing. */
  terminationMessage(pod: Pod, status: RuntimeContainerStatus): Promise<string>;
  /** The pod has ended: gives back volumes and cgroups; logs stay. Idempotent. */
  release(pod: Pod): Promise<void>;
  /** The pod is gone from the API: removes all that is left of it. */
  remove(pod: Pod): Promise<void>;
}

/**
 * The seam between the kubelet and whatever runs containers. Implemented over CRI (containerd, CRI-O) and simulated.
 *
 * Promises: stopping and removing are idempotent (an unknown id is fine); times are milliseconds since the epoch, 0 when
 * not yet; lists carry every label and annotation given at creation. Failures are `RuntimeError`.
 */
import type { ContainerConfig, ImageSpec, LinuxResources, PullCredentials, SandboxConfig } from './config.ts';
import type { ContainerStats, FilesystemUsage, SandboxStats } from './stats.ts';

export interface RuntimeVersion {
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
}
export interface RuntimeCondition {
  readonly type: 'RuntimeReady' | 'NetworkReady' | string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}
export interface RuntimeStatus {
  readonly conditions: readonly RuntimeCondition[];
  readonly handlers: readonly {
    readonly name: string;
    readonly recursiveReadOnlyMounts: boolean;
    readonly userNamespaces: boolean;
  }[];
}

export interface Sandbox {
  readonly id: string;
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly attempt: number;
  readonly ready: boolean;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
export interface SandboxStatus extends Sandbox {
  /** All addresses, the first one is the pod's primary; empty in the node's network or when there is none. */
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';
export interface RuntimeContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly state: ContainerState;
  readonly createdAt: number;
  /** What the pod asked for. */
  readonly image: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
export interface RuntimeContainerStatus extends RuntimeContainer {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly logPath: string;
  readonly resources?: LinuxResources | undefined;
  readonly user?:
    | { readonly uid: number; readonly gid: number; readonly supplementalGroups: readonly number[] }
    | undefined;
}

export interface ImageInfo {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  readonly pinned: boolean;
  readonly uid?: number | undefined;
  readonly username: string;
}
export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}
export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}
/** Something changed in this sandbox; the receiver looks again. */
export interface RuntimeEvent {
  readonly uid: string;
}

export interface RuntimeSandboxes {
  runSandbox(config: SandboxConfig, signal?: AbortSignal): Promise<string>;
  /** Kills every container in it and gives its network back. */
  stopSandbox(id: string): Promise<void>;
  removeSandbox(id: string): Promise<void>;
  listSandboxes(uid?: string): Promise<readonly Sandbox[]>;
  sandboxStatus(id: string): Promise<SandboxStatus | undefined>;
}
export interface RuntimeContainers {
  createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Asks it to end; kills it after `graceSeconds`. Resolves when it has ended. A second call may shorten the grace. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(uid?: string): Promise<readonly RuntimeContainer[]>;
  containerStatus(id: string): Promise<RuntimeContainerStatus | undefined>;
  updateContainerResources(id: string, resources: LinuxResources): Promise<void>;
  reopenContainerLog(id: string): Promise<void>;
}
export interface RuntimeProcesses {
  /** Throws `RuntimeError` code `timeout` when the command runs longer. */
  execSync(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
  /** URLs of the runtime's own streaming server, or undefined where there is none. */
  execUrl(id: string, command: readonly string[], options: StreamOptions): Promise<string | undefined>;
  attachUrl(id: string, options: StreamOptions): Promise<string | undefined>;
  portForwardUrl(sandboxId: string, ports: readonly number[]): Promise<string | undefined>;
  /** The log of a container whose runtime writes no files. Undefined: read the file at the log path. */
  syntheticLog?(id: string): string | undefined;
}
export interface RuntimeImages {
  listImages(): Promise<readonly ImageInfo[]>;
  imageStatus(image: ImageSpec): Promise<ImageInfo | undefined>;
  /** Returns the id that containers are created with. */
  pullImage(image: ImageSpec, credentials?: PullCredentials, signal?: AbortSignal): Promise<string>;
  removeImage(image: ImageSpec): Promise<void>;
  imageFilesystems(): Promise<readonly FilesystemUsage[]>;
}
export interface RuntimeStatistics {
  containerStats(): Promise<readonly ContainerStats[]>;
  sandboxStats(): Promise<readonly SandboxStats[]>;
}
export interface ContainerRuntime
  extends RuntimeSandboxes,
    RuntimeContainers,
    RuntimeProcesses,
    RuntimeImages,
    RuntimeStatistics {
  version(): Promise<RuntimeVersion>;
  status(): Promise<RuntimeStatus>;
  /** Tells the runtime the node's pod ranges; a runtime that has its network configured otherwise ignores them. */
  setPodCidrs(cidrs: readonly string[]): Promise<void>;

  /**
   * Calls back on changes until the signal aborts; resolves then. Rejects with `RuntimeError` code `unimplemented` where
   * the runtime has no events: the caller polls.
   */
  watchEvents(onEvent: (event: RuntimeEvent) => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

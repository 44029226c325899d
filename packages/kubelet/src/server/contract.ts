/**
 * What the kubelet's HTTPS API (port 10250) needs from the rest of the kubelet. The server looks pods and containers
 * up, checks access and speaks the protocols; the backend knows the runtime.
 */

import type { Duplex, Readable, Writable } from 'node:stream';
import type { Pod } from '@steersman/api';

/** Which lines of a container's log are wanted, and how. Mirrors core/v1 PodLogOptions. */
export interface LogOptions {
  readonly follow: boolean;
  /** Prefixes each line with its RFC 3339 timestamp in nanoseconds. */
  readonly timestamps: boolean;
  /** Only the last lines; all when absent. */
  readonly tailLines?: number;
  /** Only lines written at or after this, in milliseconds since the epoch. */
  readonly sinceMs?: number;
  /** Ends after this many bytes. */
  readonly limitBytes?: number;
  readonly stream: 'All' | 'Stdout' | 'Stderr';
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}
export type AttachOptions = Omit<ExecOptions, 'command'>;

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** The ends that a process run inside this program is given; absent ones were not asked for. */
export interface ProcessStreams {
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  /** Terminal sizes as the client sends them; ends with the session. */
  readonly resizes: AsyncIterable<TerminalSize>;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/**
 * Where an exec or attach session goes: to the runtime's streaming server, whose URL CRI answered (the upgraded
 * connection is then tunnelled byte for byte), or to a function of this program (simulated pods), which resolves with
 * the exit code.
 */
export type ProcessTarget =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'local'; readonly run: (streams: ProcessStreams) => Promise<number> };

/** Where port-forward goes. `connect` opens one connection to a port of the pod; it rejects with the reason. */
export type PortForwardTarget =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'local'; readonly connect: (port: number) => Promise<Duplex> };

/** A container that the server has found in `pods()`: the container exists in the pod's spec. */
export interface ContainerReference {
  readonly pod: Pod;
  readonly container: string;
}

/** Metrics endpoints; each resolves with the text exposition format 0.0.4. */
export interface KubeletMetrics {
  /** The kubelet's own: /metrics. */
  own(): Promise<string>;
  cadvisor(): Promise<string>;
  resource(): Promise<string>;
  probes(): Promise<string>;
}

/**
 * The rest of the kubelet, as its HTTPS API sees it. Errors thrown become HTTP 500 with their message, or the status
 * of an `ApiError`.
 */
export interface KubeletServerBackend {
  /** The pods bound to this node (and static pods), with the status the kubelet last computed. */
  pods(): readonly Pod[];
  /** What really runs, from the runtime: pods with just names, UIDs and container names and images. */
  runningPods(): Promise<readonly Pod[]>;
  /**
   * The log of one container instance. `containerId` is the runtime's id without the `containerd://` prefix; the
   * server has chosen it from the pod's status (current or previous instance). `readContainerLog` of this folder does
   * it for CRI log files. Ends by itself unless `follow`, and then when the container ends or the signal aborts.
   */
  logs(
    reference: ContainerReference,
    containerId: string,
    options: LogOptions,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  exec(reference: ContainerReference, options: ExecOptions): Promise<ProcessTarget>;
  attach(reference: ContainerReference, options: AttachOptions): Promise<ProcessTarget>;
  portForward(pod: Pod, ports: readonly number[]): Promise<PortForwardTarget>;
  /** Runs a command to its end and resolves with what it printed (CRI ExecSync); for POST /run. */
  run(reference: ContainerReference, command: readonly string[]): Promise<Uint8Array>;
  /** stats/v1alpha1 Summary. */
  statsSummary(options: { readonly onlyCpuAndMemory: boolean }): Promise<unknown>;
  readonly metrics: KubeletMetrics;
  /** The running configuration, for /configz: kubelet.config.k8s.io/v1beta1 KubeletConfiguration. */
  configuration(): unknown;
  /** Undefined when the sync loop is healthy, else what is wrong: /healthz and /healthz/syncloop. */
  unhealthy(): string | undefined;
  /** The node's log directory served under /logs; absent turns the endpoint off. */
  readonly logDirectory?: string;
}

/** Who asks; the same shape as authentication/v1 UserInfo. */
export interface KubeletUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a request wants, in the terms of SubjectAccessReview. */
export interface KubeletAccess {
  readonly verb: string;
  /** nodes/<subresource>: proxy, log, stats, metrics, spec, healthz, pods, configz. */
  readonly subresource: string;
  readonly path: string;
}

/** Access to the kubelet's API. `delegatedAccess` of this folder asks the API server; tests may allow everything. */
export interface KubeletAccessControl {
  /** Undefined when the credentials are missing or unknown. */
  authenticate(credentials: {
    readonly certificate?: { readonly commonName: string; readonly organizations: readonly string[] };
    readonly bearerToken?: string;
  }): Promise<KubeletUser | undefined>;
  authorize(user: KubeletUser, access: KubeletAccess): Promise<boolean>;
}

/** The TLS material of the server, PEM. Client certificates are verified against `clientCa` when it is given. */
export interface KubeletServerTls {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa?: string;
}

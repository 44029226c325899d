/** What the passes over pods work with. */
import type { Pod } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import type { ImagePuller } from '../images/puller.ts';
import type { ProbeManager } from '../probes/manager.ts';
import type { ProbeMeans } from '../probes/probe.ts';
import type { ContainerRuntime } from '../runtime/contract.ts';
import type { CrashBackOff } from './crash-backoff.ts';
import type { PodHost } from './host.ts';
import type { StatusWriter } from './status-writer.ts';

export type PodEvents = (
  pod: Pod,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  container?: string,
) => void;

export interface PodDependencies {
  readonly runtime: ContainerRuntime;
  /** The scheme of container ids, such as `containerd`. */
  readonly runtimeName: string;
  readonly host: PodHost;
  readonly images: ImagePuller;
  readonly probes: ProbeManager;
  readonly means: ProbeMeans;
  readonly writer: StatusWriter;
  readonly crashes: CrashBackOff;
  readonly event: PodEvents;
  readonly effects: Effects;
  readonly node: {
    /** The node's addresses, the primary one first. */
    ips(): readonly string[];
    /** Why pods cannot get a network yet; undefined when they can. */
    networkProblem(): string | undefined;
    /** Why the node refuses the pod, given those it already runs. */
    admit(pod: Pod, others: readonly Pod[]): { readonly reason: string; readonly message: string } | undefined;
  };
  /** Removes the pod from the API for good, or only its mirror. */
  readonly finalDelete: (pod: Pod) => Promise<void>;
  /** Something was started: it may change again soon. */
  readonly acted: () => void;
  /** Asks for another pass over the pod. */
  readonly again: (uid: string) => void;
}

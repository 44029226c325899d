/** What the kubelet remembers of a pod between passes. Everything here can be lost: a restart finds it again. */
import type { Pod, ResourceRequirements } from '@steersman/api';
import type { RuntimeContainerStatus, SandboxStatus } from '../runtime/contract.ts';
import type { Waiting } from './container-status.ts';
import type { PreparedPod } from './host.ts';
import type { PodRuntime } from './view.ts';

export interface Verdict {
  readonly phase: 'Failed';
  readonly reason: string;
  readonly message: string;
}
export interface Stopping {
  readonly graceSeconds: number;
  readonly abort: AbortController;
}
export interface PodRecord {
  readonly uid: string;
  /** The latest version seen. */
  pod: Pod;
  /** `ending`: containers are being stopped for good. `ended`: nothing runs any more. */
  stage: 'running' | 'ending' | 'ended';
  /** No longer in any source: everything of it is to be removed. */
  gone: boolean;
  /** Refused by the node: nothing was ever started. */
  refused: boolean;
  admitted: boolean;
  verdict?: Verdict;
  /** Overrides the pod's own grace, for evictions. */
  graceSeconds?: number;
  readonly firstSeenAt: number;
  prepared?: PreparedPod;
  runtime: PodRuntime;
  readonly waiting: Map<string, Waiting>;
  readonly terminationMessages: Map<string, string>;
  /** Containers being stopped, by id. */
  readonly stopping: Map<string, Stopping>;
  /** What containers were given since they started, by id. */
  readonly resized: Map<string, ResourceRequirements>;
  /** Statuses that can change no more. */
  readonly endedContainers: Map<string, RuntimeContainerStatus>;
  readonly endedSandboxes: Map<string, SandboxStatus>;
  /** Aborts what a pass waits for (pulls, hooks) once the pod is to end. */
  readonly startAbort: AbortController;
  /** Setups that failed in a row. */
  failures: number;
  released: boolean;
  /** Nothing of it is left anywhere. */
  removed: boolean;
  /** Its volumes may be out of date. */
  stale: boolean;
}

export const newRecord = (pod: Pod, uid: string, now: number): PodRecord => ({
  uid,
  pod,
  stage: 'running',
  gone: false,
  refused: false,
  admitted: false,
  firstSeenAt: now,
  runtime: { sandboxes: [], containers: [] },
  waiting: new Map(),
  terminationMessages: new Map(),
  stopping: new Map(),
  resized: new Map(),
  endedContainers: new Map(),
  endedSandboxes: new Map(),
  startAbort: new AbortController(),
  failures: 0,
  released: false,
  removed: false,
  stale: true,
});

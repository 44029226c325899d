/**
 * The scheduling framework, by upstream's names of its extension points. A plugin implements the methods it needs; a
 * profile lists plugins in order (KEP-624).
 */
import type { Pod } from '@steersman/api';
import type { ClusterState, NodeInfo } from './state/cluster-state.ts';
import type { PodInfo } from './state/pod-info.ts';

/**
 * Why a pod cannot have a node, or cannot be scheduled at all. `unresolvable`: removing other pods would not help.
 * `plugin` is filled in by the framework.
 */
export interface Rejection {
  readonly code: 'unschedulable' | 'unresolvable' | 'error';
  /** As people see them; several when a node lacks several things. */
  readonly reasons: readonly string[];
}

/** What PreFilter found out once for all nodes. */
export type PreFilterResult<S> =
  /** Filter need not be called for this pod: every node passes. */
  | { readonly kind: 'skip' }
  /** `state` goes to Filter; `nodes`: only these can pass. */
  | { readonly kind: 'state'; readonly state: S; readonly nodes?: ReadonlySet<string> }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

export type PreScoreResult<T> = { readonly kind: 'skip' } | { readonly kind: 'state'; readonly state: T };

/** What PostFilter (preemption) made of a pod that fits nowhere. */
export interface PostFilterResult {
  /** The node that should fit once the victims are gone; '' clears an earlier nomination. */
  readonly nominatedNodeName?: string;
  /** Added to the pod's message. */
  readonly message?: string;
}

/** What a PostFilter may ask of the framework. */
export interface FrameworkHandle {
  readonly cluster: ClusterState;
  readonly schedulerName: string;
  /** Runs PreFilter and Filter for one node, on the cluster as it is now. */
  rejectionOn(pod: PodInfo, node: NodeInfo): Rejection | undefined;
}

/** Something happened that may let a rejected pod fit. */
export type ClusterEventKind =
  | 'Node/Add'
  | 'Node/UpdateAllocatable'
  | 'Node/UpdateLabel'
  | 'Node/UpdateTaint'
  | 'AssignedPod/Add'
  | 'AssignedPod/Update'
  | 'AssignedPod/Delete'
  | 'UnscheduledPod/Update';

export interface ClusterEvent {
  readonly kind: ClusterEventKind;
  /** The node of a Node event, or the one that the pod of a pod event is or was on, as it is now. */
  readonly node?: NodeInfo;
  /** The pod of a pod event, as it is now or was last. */
  readonly other?: PodInfo;
}

/** Whether the event can help the pod; absent: it always may. Cheap and never wrong when it says no (KEP-4247). */
export type QueueingHint = (pod: PodInfo, event: ClusterEvent) => boolean;

/** A pod in the scheduling queue. */
export interface QueuedPod {
  readonly info: PodInfo;
  /** When it came into the queue first, and this time, in monotonic milliseconds. */
  readonly enqueuedMs: number;
  readonly sinceMs: number;
  readonly attempts: number;
  /** Plugins that rejected it last time: only events that these care about bring it back. */
  readonly rejectedBy: ReadonlySet<string>;
}

/** A pod on its way to a node. */
export interface Placement {
  readonly pod: PodInfo;
  readonly node: NodeInfo;
  readonly signal: AbortSignal;
}

/** `S`: what its PreFilter tells its Filter; `T`: what its PreScore tells its Score. Both are made per pod. */
export interface Plugin<S = unknown, T = unknown> {
  readonly name: string;
  /** Events that can make a rejection by this plugin obsolete. */
  readonly events?: Readonly<Partial<Record<ClusterEventKind, QueueingHint>>>;

  preEnqueue?(pod: Pod): Rejection | undefined;
  /** Negative when `a` goes first. */
  queueSort?(a: QueuedPod, b: QueuedPod): number;
  preFilter?(pod: PodInfo, cluster: ClusterState): PreFilterResult<S>;
  /** Undefined: the pod fits. `state` is undefined when there is no PreFilter. */
  filter?(pod: PodInfo, node: NodeInfo, state: S): Rejection | undefined;
  postFilter?(
    pod: PodInfo,
    failed: FailedAttempt,
    framework: FrameworkHandle,
    signal: AbortSignal,
  ): Promise<PostFilterResult | undefined>;
  preScore?(pod: PodInfo, nodes: readonly NodeInfo[], cluster: ClusterState): PreScoreResult<T>;
  /** From 0 to 100, unless `normalizeScores` brings it there. */
  score?(pod: PodInfo, node: NodeInfo, state: T): number;
  /** Brings the scores of all nodes into 0 to 100, in place. */
  normalizeScores?(scores: Float64Array, nodes: readonly NodeInfo[], state: T): void;
  reserve?(placement: Placement): Rejection | undefined;
  unreserve?(placement: Placement): void;
  permit?(placement: Placement): Promise<Rejection | undefined>;
  preBind?(placement: Placement): Promise<void>;
  /** Returns false to leave it to the next binder. Throws when the pod is not bound. */
  bind?(placement: Placement): Promise<boolean>;
  postBind?(placement: Placement): void;
}

/** A pod that fits nowhere, and why. */
export interface FailedAttempt {
  readonly nodesInAll: number;
  /** By node name, with the plugin that said so. */
  readonly rejections: ReadonlyMap<string, Rejection & { readonly plugin: string }>;
  /** Said once for all nodes by a PreFilter. */
  readonly preFilter?: Rejection & { readonly plugin: string };
}

/** Plugins of one scheduler name, ready to be called. */
export interface Profile {
  readonly schedulerName: string;
  /** Percent of nodes to look for before choosing; 0: upstream's adaptive rule. */
  readonly percentageOfNodesToScore: number;
  readonly plugins: {
    readonly preEnqueue: readonly Plugin[];
    readonly queueSort: Plugin;
    readonly preFilter: readonly Plugin[];
    readonly filter: readonly Plugin[];
    readonly postFilter: readonly Plugin[];
    readonly preScore: readonly Plugin[];
    readonly score: readonly { readonly plugin: Plugin; readonly weight: number }[];
    readonly reserve: readonly Plugin[];
    readonly permit: readonly Plugin[];
    readonly preBind: readonly Plugin[];
    readonly bind: readonly Plugin[];
    readonly postBind: readonly Plugin[];
  };
}

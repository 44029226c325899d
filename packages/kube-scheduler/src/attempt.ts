import { isNotFound } from '@steersman/api';
import type { EventRecorder } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import { type BindOutcome, bindPod, reserve, unreserve } from './bind-pod.ts';
import type { FailedAttempt, FrameworkHandle, Placement, Profile, QueuedPod } from './contract.ts';
import { rejectionOn } from './cycle/find-nodes.ts';
import { failureMessage, rejectedBy } from './cycle/message.ts';
import type { Decider } from './cycle/schedule-one.ts';
import type { SchedulingQueue } from './queue/scheduling-queue.ts';
import type { ReportFailure } from './report-failure.ts';
import type { SchedulerMetrics } from './scheduler-metrics.ts';
import type { ClusterState, NodeInfo } from './state/cluster-state.ts';

/** Stands in for plugins when there was no node to ask them about: any node that comes helps. */
export const NO_NODES = '(no nodes)';

/** What an attempt works with. */
export interface AttemptContext {
  readonly cluster: ClusterState;
  readonly queue: SchedulingQueue;
  readonly decider: Decider;
  readonly metrics: SchedulerMetrics;
  readonly recorder: EventRecorder;
  readonly reportFailure: ReportFailure;
  readonly effects: Pick<Effects, 'clock' | 'log'>;
  readonly signal: AbortSignal;
}

/** One attempt to give one pod a node. */
interface Attempt {
  readonly context: AttemptContext;
  readonly profile: Profile;
  readonly queued: QueuedPod;
  readonly startedMs: number;
}

/**
 * Decides where the pod goes and assumes it there at once, so that the next decision counts with it. The promise,
 * absent when there is nothing to bind, resolves when the binding is written or given up; it never rejects.
 */
export function attemptPod(context: AttemptContext, profile: Profile, queued: QueuedPod): Promise<void> | undefined {
  const attempt: Attempt = { context, profile, queued, startedMs: context.effects.clock.monotonic() };
  try {
    const decision = context.decider.decide(profile, queued.info);
    if (decision.kind === 'node') return place(attempt, decision.node);
    giveUp(attempt, decision.attempt);
  } catch (error) {
    fail(attempt, error);
  }
  return undefined;
}

function place(attempt: Attempt, node: NodeInfo): Promise<void> | undefined {
  const { context, profile, queued } = attempt;
  const placement: Placement = { pod: queued.info, node, signal: context.signal };
  context.cluster.setPod(queued.info, node.name);
  context.cluster.nominate(queued.info.uid, undefined); // The room made for it is taken now.
  const refused = reserve(profile, placement);
  if (refused === undefined)
    return bindPod(profile, placement, context.effects).then((outcome) => settle(attempt, placement, outcome));
  settle(attempt, placement, refused);
  return undefined;
}

function settle(attempt: Attempt, placement: Placement, outcome: BindOutcome): void {
  const { context, profile, queued } = attempt;
  const { info } = queued;
  if (outcome.kind === 'bound') {
    const nowMs = context.effects.clock.monotonic();
    context.queue.remove(info.uid);
    context.metrics.attempt('scheduled', profile.schedulerName, nowMs - attempt.startedMs);
    context.metrics.bound(queued.attempts, nowMs - queued.enqueuedMs);
    const message = `Successfully assigned ${info.key} to ${placement.node.name}`;
    context.recorder.event(info.pod, 'Normal', 'Scheduled', message);
    return;
  }
  unreserve(profile.plugins.reserve, placement);
  const isStillAssumed = context.cluster.nodeOf(info.uid)?.pods.get(info.uid) === info;
  if (!isStillAssumed) return; // Deleted, or bound after all, as the watch says.
  context.cluster.removePod(info.uid);
  context.queue.moveOn({ kind: 'AssignedPod/Delete', other: info, node: placement.node });
  if (context.signal.aborted) return;
  if (outcome.kind === 'rejected') {
    const rejection = { ...outcome.rejection, plugin: outcome.plugin };
    giveUp(attempt, { nodesInAll: 1, rejections: new Map([[placement.node.name, rejection]]) });
  } else if (isNotFound(outcome.error)) context.queue.remove(info.uid);
  else fail(attempt, outcome.error);
}

/** The pod fits nowhere now. */
function giveUp({ context, profile, queued, startedMs }: Attempt, failed: FailedAttempt): void {
  const { queue, metrics, effects, reportFailure } = context;
  metrics.attempt('unschedulable', profile.schedulerName, effects.clock.monotonic() - startedMs);
  queue.putBack(queued, failed.nodesInAll === 0 ? new Set([NO_NODES]) : rejectedBy(failed));
  const { pod } = queued.info;
  const report = (extra?: { readonly nominatedNodeName?: string; readonly message?: string }) => {
    const nominated = extra?.nominatedNodeName === undefined ? {} : { nominatedNodeName: extra.nominatedNodeName };
    return reportFailure({
      pod,
      reason: 'Unschedulable',
      message: failureMessage(failed, extra?.message),
      ...nominated,
    });
  };
  const [postFilter] = profile.plugins.postFilter;
  if (postFilter === undefined) {
    void report();
    return;
  }
  const { cluster } = context;
  const framework: FrameworkHandle = {
    cluster,
    schedulerName: profile.schedulerName,
    rejectionOn: (info, node) => rejectionOn(profile, info, node, cluster),
  };
  void postFilter.postFilter!(queued.info, failed, framework, context.signal).then(report, (error: unknown) => {
    effects.log.error('PostFilter failed', { pod: queued.info.key, plugin: postFilter.name, error });
    return report();
  });
}

/** Something broke that has nothing to do with the pod: tried again after its backoff. */
function fail({ context, profile, queued, startedMs }: Attempt, error: unknown): void {
  const { queue, metrics, effects, reportFailure } = context;
  metrics.attempt('error', profile.schedulerName, effects.clock.monotonic() - startedMs);
  effects.log.warn('Scheduling failed, trying again', { pod: queued.info.key, attempts: queued.attempts, error });
  queue.putBack(queued, new Set());
  const message = error instanceof Error ? error.message : String(error);
  void reportFailure({ pod: queued.info.pod, reason: 'SchedulerError', message });
}

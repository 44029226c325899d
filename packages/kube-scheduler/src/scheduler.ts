import { isNotFound, type Pod } from '@steersman/api';
import { type Client, createEventRecorder, createInformers, type Informers } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import { type BindOutcome, bindPod, reserve, unreserve } from './bind-pod.ts';
import type { SchedulerConfig } from './config/contract.ts';
import { DEFAULT_CONFIG, DEFAULT_SCHEDULER_NAME } from './config/defaults.ts';
import { buildProfile } from './config/profile.ts';
import type { FailedAttempt, Placement, Plugin, Profile, QueuedPod } from './contract.ts';
import { failureMessage, rejectedBy } from './cycle/message.ts';
import { createDecider } from './cycle/schedule-one.ts';
import { createDefaultSelector } from './default-selector.ts';
import { createSchedulingQueue, type SchedulingQueue } from './queue/scheduling-queue.ts';
import { createReportFailure } from './report-failure.ts';
import { schedulerMetrics } from './scheduler-metrics.ts';
import { createClusterState, type NodeInfo } from './state/cluster-state.ts';
import { watchCluster } from './watch-cluster.ts';

/** Bindings under way at once: enough to hide the API server's latency, few enough not to drown it. */
const BINDINGS_MAX = 256;
/** Scheduling goes on for this long before others get the event loop. */
const STRETCH_MS_MAX = 5;

export interface SchedulerOptions {
  readonly client: Client;
  /** Shared with others in the process, if there are others; made from the client when absent. */
  readonly informers?: Informers;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  /** Upstream's defaults when absent. */
  readonly config?: SchedulerConfig;
  /** Plugins of the embedding program, to be enabled by name in the configuration. */
  readonly plugins?: readonly Plugin[];
}

const schedulerNameOf = (pod: Pod) => pod.spec.schedulerName || DEFAULT_SCHEDULER_NAME;

/**
 * Gives every pending pod of its profiles a node, until the signal aborts. Decisions are made one after the other on
 * the newest state; bindings are written beside them. Throws ConfigError for a configuration that cannot be.
 */
export async function startScheduler(options: SchedulerOptions): Promise<void> {
  const { client, effects, signal, config = DEFAULT_CONFIG } = options;
  const informers = options.informers ?? createInformers({ client, effects });
  const { clock, log } = effects;
  const cluster = createClusterState();
  const decider = createDecider(cluster, effects.random);
  const metrics = schedulerMetrics(effects);
  const recorder = createEventRecorder({ client, effects, component: DEFAULT_SCHEDULER_NAME, signal });
  const reportFailure = createReportFailure(client, recorder, effects);
  const dependencies = {
    client,
    cluster,
    defaultSelector: createDefaultSelector(informers),
    extra: options.plugins ?? [],
  };
  const profiles = new Map<string, Profile>();
  for (const each of config.profiles)
    profiles.set(each.schedulerName, buildProfile(each, config.percentageOfNodesToScore, dependencies));

  let isRunning = false;
  let isScheduled = false;
  let bindings = 0;
  let ended: (() => void) | undefined;
  const queue = createQueue(config, profiles, effects, wake);
  watchCluster({ informers, cluster, queue, isOurs: (pod) => profiles.has(schedulerNameOf(pod)) });

  function wake(): void {
    if (!isRunning || isScheduled || bindings >= BINDINGS_MAX) return;
    isScheduled = true;
    setImmediate(run);
  }

  function run(): void {
    isScheduled = false;
    const startedMs = clock.monotonic();
    while (!signal.aborted && bindings < BINDINGS_MAX) {
      if (clock.monotonic() - startedMs > STRETCH_MS_MAX) {
        wake();
        break;
      }
      const next = queue.pop();
      if (next === undefined) break;
      schedule(next);
    }
    metrics.pending(queue.counts);
  }

  function schedule(queued: QueuedPod): void {
    const startedMs = clock.monotonic();
    const profile = profiles.get(schedulerNameOf(queued.info.pod))!;
    try {
      const decision = decider.decide(profile, queued.info);
      if (decision.kind === 'none') unschedulable(profile, queued, decision.attempt, startedMs);
      else place(profile, queued, decision.node, startedMs);
    } catch (error) {
      failed(profile, queued, error, startedMs);
    }
  }

  function place(profile: Profile, queued: QueuedPod, node: NodeInfo, startedMs: number): void {
    const placement: Placement = { pod: queued.info, node, signal };
    cluster.setPod(queued.info, node.name); // Assumed: the next decision counts with it.
    const refused = reserve(profile, placement);
    if (refused !== undefined) {
      settle(profile, queued, placement, refused, startedMs);
      return;
    }
    bindings += 1;
    void bindPod(profile, placement, effects).then((outcome) => {
      bindings -= 1;
      settle(profile, queued, placement, outcome, startedMs);
      if (bindings === 0 && signal.aborted) ended?.();
      wake();
    });
  }

  function settle(
    profile: Profile,
    queued: QueuedPod,
    placement: Placement,
    outcome: BindOutcome,
    startedMs: number,
  ): void {
    const { info } = queued;
    if (outcome.kind === 'bound') {
      queue.remove(info.uid);
      metrics.attempt('scheduled', profile.schedulerName, clock.monotonic() - startedMs);
      metrics.bound(queued.attempts, clock.monotonic() - queued.enqueuedMs);
      recorder.event(info.pod, 'Normal', 'Scheduled', `Successfully assigned ${info.key} to ${placement.node.name}`);
      return;
    }
    unreserve(profile.plugins.reserve, placement);
    const isStillAssumed = cluster.nodeOf(info.uid)?.pods.get(info.uid) === info;
    if (!isStillAssumed) return; // Deleted, or bound by what the watch says.
    cluster.removePod(info.uid);
    queue.moveOn({ kind: 'AssignedPod/Delete', other: info });
    if (signal.aborted) return;
    if (outcome.kind === 'error') {
      if (isNotFound(outcome.error)) queue.remove(info.uid);
      else failed(profile, queued, outcome.error, startedMs);
    } else {
      const { rejection, plugin } = outcome;
      const attempt = { nodesInAll: 1, rejections: new Map([[placement.node.name, { ...rejection, plugin }]]) };
      unschedulable(profile, queued, attempt, startedMs);
    }
  }

  function unschedulable(profile: Profile, queued: QueuedPod, attempt: FailedAttempt, startedMs: number): void {
    metrics.attempt('unschedulable', profile.schedulerName, clock.monotonic() - startedMs);
    const { pod } = queued.info;
    queue.putBack(queued, attempt.nodesInAll === 0 ? new Set([NO_NODES]) : rejectedBy(attempt));
    const [postFilter] = profile.plugins.postFilter;
    if (postFilter === undefined) {
      void reportFailure({ pod, reason: 'Unschedulable', message: failureMessage(attempt) });
      return;
    }
    void postFilter.postFilter!(queued.info, attempt, signal).then(
      (result) => {
        const { nominatedNodeName, message } = result ?? {};
        const nominated = nominatedNodeName === undefined ? {} : { nominatedNodeName };
        return reportFailure({ pod, reason: 'Unschedulable', message: failureMessage(attempt, message), ...nominated });
      },
      (error: unknown) => log.error('PostFilter failed', { pod: queued.info.key, plugin: postFilter.name, error }),
    );
  }

  function failed(profile: Profile, queued: QueuedPod, error: unknown, startedMs: number): void {
    metrics.attempt('error', profile.schedulerName, clock.monotonic() - startedMs);
    log.warn('Scheduling failed, trying again', { pod: queued.info.key, attempts: queued.attempts, error });
    queue.putBack(queued, new Set());
    const message = error instanceof Error ? error.message : String(error);
    void reportFailure({ pod: queued.info.pod, reason: 'SchedulerError', message });
  }

  informers.start(signal);
  try {
    await informers.untilSynced(signal);
  } catch (error) {
    queue.close();
    if (signal.aborted) return;
    throw error;
  }
  isRunning = true;
  wake();
  await new Promise<void>((resolve) => {
    ended = resolve;
    const stop = () => {
      queue.close();
      if (bindings === 0) resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** Stands in for plugins when there was no node to ask them about: any node that comes helps. */
const NO_NODES = '(no nodes)';

function createQueue(
  config: SchedulerConfig,
  profiles: ReadonlyMap<string, Profile>,
  effects: Effects,
  onReady: () => void,
): SchedulingQueue {
  const [first] = profiles.values();
  const { queueSort } = first!.plugins; // One queue, one order: upstream too wants it the same in all profiles.
  const byName = new Map<string, Plugin>();
  for (const { plugins } of profiles.values()) {
    const lists = [plugins.preEnqueue, plugins.preFilter, plugins.filter, plugins.reserve, plugins.permit];
    for (const plugin of lists.flat()) byName.set(plugin.name, plugin);
  }
  return createSchedulingQueue({
    clock: effects.clock,
    compare: (a, b) => queueSort.queueSort!(a, b),
    preEnqueue({ pod }) {
      for (const plugin of profiles.get(schedulerNameOf(pod))?.plugins.preEnqueue ?? []) {
        const rejection = plugin.preEnqueue!(pod);
        if (rejection !== undefined) return { ...rejection, plugin: plugin.name };
      }
      return undefined;
    },
    hint(plugin, kind) {
      if (plugin === NO_NODES) return kind === 'Node/Add' ? () => true : undefined;
      return byName.get(plugin)?.events?.[kind];
    },
    backoffInitialMs: config.podInitialBackoffMs,
    backoffMaxMs: config.podMaxBackoffMs,
    onReady,
  });
}

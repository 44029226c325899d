import { type Pod, type PodDisruptionBudget, Resources } from '@steersman/api';
import { type Client, createEventRecorder, createInformers, type Informers } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import { type AttemptContext, attemptPod, NO_NODES } from './attempt.ts';
import type { SchedulerConfig } from './config/contract.ts';
import { DEFAULT_CONFIG, DEFAULT_SCHEDULER_NAME } from './config/defaults.ts';
import { buildProfile, type PluginDependencies } from './config/profile.ts';
import type { Plugin, Profile } from './contract.ts';
import { createDecider } from './cycle/schedule-one.ts';
import { createDefaultSelector } from './default-selector.ts';
import { createSchedulingQueue, type SchedulingQueue } from './queue/scheduling-queue.ts';
import { createReportFailure } from './report-failure.ts';
import { schedulerMetrics } from './scheduler-metrics.ts';
import { createSchedulingLoop } from './scheduling-loop.ts';
import { createClusterState } from './state/cluster-state.ts';
import { watchCluster } from './watch-cluster.ts';

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

type Profiles = ReadonlyMap<string, Profile>;
const schedulerNameOf = (pod: Pod) => pod.spec.schedulerName || DEFAULT_SCHEDULER_NAME;

/**
 * Gives every pending pod of its profiles a node, until the signal aborts. Decisions are made one after the other on
 * the newest state; bindings are written beside them. Throws ConfigError for a configuration that cannot be.
 */
export async function startScheduler(options: SchedulerOptions): Promise<void> {
  const { client, effects, signal, config = DEFAULT_CONFIG } = options;
  const informers = options.informers ?? createInformers({ client, effects });
  const cluster = createClusterState();
  const defaultSelector = createDefaultSelector(informers);
  const metrics = schedulerMetrics(effects);
  const recorder = createEventRecorder({ client, effects, component: DEFAULT_SCHEDULER_NAME, signal });
  const budgets = informers.informer(Resources.podDisruptionBudgets);
  const profiles = buildProfiles(config, {
    client,
    cluster,
    defaultSelector,
    disruptionBudgets: () => budgets.list() as readonly PodDisruptionBudget[],
    recorder,
    effects,
    extra: options.plugins ?? [],
  });
  const queue = createQueue(config, profiles, effects, () => loop.wake());
  const reportFailure = createReportFailure(client, recorder, effects);
  const decider = createDecider(cluster, effects.random);
  const context: AttemptContext = { cluster, queue, decider, metrics, recorder, reportFailure, effects, signal };
  const loop = createSchedulingLoop({
    clock: effects.clock,
    step() {
      const next = queue.pop();
      return next === undefined ? 'idle' : attemptPod(context, profiles.get(schedulerNameOf(next.info.pod))!, next);
    },
    onPause: () => metrics.pending(queue.counts),
  });
  watchCluster({ informers, cluster, queue, isOurs: (pod) => profiles.has(schedulerNameOf(pod)) });
  informers.start(signal);
  try {
    await informers.untilSynced(signal);
    await loop.run(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    queue.close();
  }
}

function buildProfiles(config: SchedulerConfig, dependencies: PluginDependencies): Profiles {
  const profiles = new Map<string, Profile>();
  for (const profile of config.profiles)
    profiles.set(profile.schedulerName, buildProfile(profile, config.percentageOfNodesToScore, dependencies));
  return profiles;
}

/** Every plugin that can reject a pod, by name. */
function rejectingPlugins(profiles: Profiles): ReadonlyMap<string, Plugin> {
  const byName = new Map<string, Plugin>();
  for (const { plugins } of profiles.values()) {
    const lists = [plugins.preEnqueue, plugins.preFilter, plugins.filter, plugins.reserve, plugins.permit];
    for (const plugin of lists.flat()) byName.set(plugin.name, plugin);
  }
  return byName;
}

function createQueue(
  config: SchedulerConfig,
  profiles: Profiles,
  effects: Effects,
  onReady: () => void,
): SchedulingQueue {
  const [first] = profiles.values();
  const { queueSort } = first!.plugins; // One queue, one order: upstream too wants it the same in all profiles.
  const rejecting = rejectingPlugins(profiles);
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
      return rejecting.get(plugin)?.events?.[kind];
    },
    backoffInitialMs: config.podInitialBackoffMs,
    backoffMaxMs: config.podMaxBackoffMs,
    onReady,
  });
}

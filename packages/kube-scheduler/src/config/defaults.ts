import { defaultElection } from '@steersman/server';
import { PLUGIN_NAMES as names } from '../plugins/names.ts';
import { DEFAULT_STRATEGY } from '../plugins/scoring-strategy.ts';
import type { EnabledPlugin, PluginArgs, SchedulerConfig } from './contract.ts';

export const DEFAULT_SCHEDULER_NAME = 'default-scheduler';

/** Upstream's default `multiPoint` plugins with their weights, in order. */
export const DEFAULT_PLUGINS: readonly EnabledPlugin[] = [
  { name: names.schedulingGates },
  { name: names.prioritySort },
  { name: names.nodeUnschedulable },
  { name: names.nodeName },
  { name: names.taintToleration, weight: 3 },
  { name: names.nodeAffinity, weight: 2 },
  { name: names.nodePorts },
  { name: names.nodeResourcesFit, weight: 1 },
  { name: names.podTopologySpread, weight: 2 },
  { name: names.interPodAffinity, weight: 2 },
  { name: names.defaultPreemption },
  { name: names.nodeResourcesBalancedAllocation, weight: 1 },
  { name: names.imageLocality, weight: 1 },
  { name: names.defaultBinder },
];

export const DEFAULT_ARGS: PluginArgs = {
  scoringStrategy: DEFAULT_STRATEGY,
  balancedResources: DEFAULT_STRATEGY.resources,
  hardPodAffinityWeight: 1,
};

export const DEFAULT_CONFIG: SchedulerConfig = {
  profiles: [{ schedulerName: DEFAULT_SCHEDULER_NAME, args: DEFAULT_ARGS }],
  percentageOfNodesToScore: 0,
  podInitialBackoffMs: 1000,
  podMaxBackoffMs: 10_000,
  leaderElection: defaultElection('kube-scheduler'),
};

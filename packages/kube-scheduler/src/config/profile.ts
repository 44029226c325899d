import type { LabelMatcher, Pod, PodDisruptionBudget } from '@steersman/api';
import type { Client, EventRecorder } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { Plugin, Profile } from '../contract.ts';
import { nodeResourcesBalancedAllocation } from '../plugins/balanced-allocation.ts';
import { defaultBinder } from '../plugins/default-binder.ts';
import { defaultPreemption } from '../plugins/default-preemption.ts';
import { imageLocality } from '../plugins/image-locality.ts';
import { interPodAffinity } from '../plugins/inter-pod-affinity.ts';
import { nodeAffinity } from '../plugins/node-affinity.ts';
import { nodeName } from '../plugins/node-name.ts';
import { nodePorts } from '../plugins/node-ports.ts';
import { nodeResourcesFit } from '../plugins/node-resources-fit.ts';
import { nodeUnschedulable } from '../plugins/node-unschedulable.ts';
import { podTopologySpread } from '../plugins/pod-topology-spread.ts';
import { prioritySort } from '../plugins/priority-sort.ts';
import { schedulingGates } from '../plugins/scheduling-gates.ts';
import { taintToleration } from '../plugins/taint-toleration.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import {
  ConfigError,
  type EnabledPlugin,
  type ExtensionPoint,
  type PluginArgs,
  type ProfileConfig,
} from './contract.ts';
import { DEFAULT_PLUGINS } from './defaults.ts';

/** What plugins are made with. */
export interface PluginDependencies {
  readonly client: Client;
  readonly cluster: ClusterState;
  /** What selects the pods that belong together with a pod: its Services and its workload. */
  readonly defaultSelector: (pod: Pod) => LabelMatcher | undefined;
  readonly disruptionBudgets: () => readonly PodDisruptionBudget[];
  readonly recorder: EventRecorder;
  readonly effects: Pick<Effects, 'clock' | 'random'>;
  /** More plugins, by name: those of a program that embeds the scheduler. */
  readonly extra?: readonly Plugin[];
}

/** Upstream plugins whose subject this scheduler does not know yet: enabling them changes nothing. */
const NOT_HERE = new Set([
  'VolumeRestrictions',
  'NodeVolumeLimits',
  'VolumeBinding',
  'VolumeZone',
  'EBSLimits',
  'GCEPDLimits',
  'AzureDiskLimits',
  'DynamicResources',
  'NodeDeclaredFeatures',
  'GangScheduling',
]);

function registry(dependencies: PluginDependencies, args: PluginArgs): ReadonlyMap<string, Plugin> {
  const { client, cluster, defaultSelector, extra = [] } = dependencies;
  const { spreadDefaults } = args;
  const plugins: readonly Plugin[] = [
    schedulingGates(),
    prioritySort(),
    nodeUnschedulable(),
    nodeName(),
    taintToleration() as Plugin,
    nodeAffinity() as Plugin,
    nodePorts(),
    nodeResourcesFit(args.scoringStrategy, () => cluster) as Plugin,
    podTopologySpread({ defaultSelector, ...(spreadDefaults !== undefined && { defaults: spreadDefaults }) }) as Plugin,
    interPodAffinity(args.hardPodAffinityWeight) as Plugin,
    defaultPreemption(dependencies),
    nodeResourcesBalancedAllocation(args.balancedResources) as Plugin,
    imageLocality() as Plugin,
    defaultBinder(client),
    ...extra,
  ];
  return new Map(plugins.map((plugin) => [plugin.name, plugin]));
}

/** The plugin's method that an extension point calls. */
const METHODS = {
  preEnqueue: 'preEnqueue',
  queueSort: 'queueSort',
  preFilter: 'preFilter',
  filter: 'filter',
  postFilter: 'postFilter',
  preScore: 'preScore',
  score: 'score',
  reserve: 'reserve',
  permit: 'permit',
  preBind: 'preBind',
  bind: 'bind',
  postBind: 'postBind',
} as const satisfies Record<ExtensionPoint, keyof Plugin>;

/** What the defaults, `multiPoint` and the point's own set make of one extension point, in order. */
function enabledAt(point: ExtensionPoint, { plugins = {} }: ProfileConfig): readonly EnabledPlugin[] {
  const without = (list: readonly EnabledPlugin[], disabled: readonly { readonly name: string }[] = []) =>
    disabled.some(({ name }) => name === '*')
      ? []
      : list.filter(({ name }) => !disabled.some((each) => each.name === name));
  const merge = (base: readonly EnabledPlugin[], more: readonly EnabledPlugin[] = []) => [
    ...base.map((plugin) => more.find(({ name }) => name === plugin.name) ?? plugin),
    ...more.filter(({ name }) => !base.some((plugin) => plugin.name === name)),
  ];
  const all = merge(without(DEFAULT_PLUGINS, plugins.multiPoint?.disabled), plugins.multiPoint?.enabled);
  return merge(without(all, plugins[point]?.disabled), plugins[point]?.enabled);
}

/** Makes a profile's plugins. Throws ConfigError for a plugin that does not exist. */
export function buildProfile(config: ProfileConfig, percentage: number, dependencies: PluginDependencies): Profile {
  const known = registry(dependencies, config.args);
  const find = (name: string): Plugin | undefined => {
    const plugin = known.get(name);
    if (plugin === undefined && !NOT_HERE.has(name))
      throw new ConfigError(`profile ${config.schedulerName}: there is no plugin named ${name}`);
    return plugin;
  };
  const at = (point: ExtensionPoint) =>
    enabledAt(point, config)
      .map((enabled) => ({ plugin: find(enabled.name), weight: enabled.weight ?? 1 }))
      .filter((each): each is { plugin: Plugin; weight: number } => each.plugin?.[METHODS[point]] !== undefined);
  const plain = (point: ExtensionPoint) => at(point).map(({ plugin }) => plugin);
  const [queueSort] = plain('queueSort');
  if (queueSort === undefined)
    throw new ConfigError(`profile ${config.schedulerName}: one queueSort plugin must be enabled`);
  return {
    schedulerName: config.schedulerName,
    percentageOfNodesToScore: config.percentageOfNodesToScore ?? percentage,
    plugins: {
      queueSort,
      preEnqueue: plain('preEnqueue'),
      preFilter: plain('preFilter'),
      filter: plain('filter'),
      postFilter: plain('postFilter'),
      preScore: plain('preScore'),
      score: at('score'),
      reserve: plain('reserve'),
      permit: plain('permit'),
      preBind: plain('preBind'),
      bind: plain('bind'),
      postBind: plain('postBind'),
    },
  };
}

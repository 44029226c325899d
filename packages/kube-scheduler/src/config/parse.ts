import { parseDuration, parseYamlDocuments } from '@steersman/api';
import type { ScoringStrategy, WeightedResource } from '../plugins/scoring-strategy.ts';
import {
  ConfigError,
  type PluginArgs,
  type PluginSet,
  type ProfileConfig,
  type SchedulerConfig,
  type SpreadDefault,
} from './contract.ts';
import { DEFAULT_ARGS, DEFAULT_CONFIG, DEFAULT_SCHEDULER_NAME } from './defaults.ts';

const API_VERSION = 'kubescheduler.config.k8s.io/v1';
type Fields = Readonly<Record<string, unknown>>;

function fail(field: string, problem: string): never {
  throw new ConfigError(`KubeSchedulerConfiguration: ${field}: ${problem}`);
}

function object(value: unknown, field: string): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) fail(field, 'must be an object');
  return value as Fields;
}
function list(value: unknown, field: string): readonly Fields[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) fail(field, 'must be a list');
  return value.map((item, at) => object(item, `${field}[${at}]`));
}
function integer(value: unknown, field: string, from: number, to: number, absent: number): number {
  if (value === undefined || value === null) return absent;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < from || value > to)
    fail(field, `must be a whole number from ${from} to ${to}`);
  return value;
}
function text(value: unknown, field: string, absent: string): string {
  if (value === undefined || value === null || value === '') return absent;
  if (typeof value !== 'string') fail(field, 'must be a string');
  return value;
}
function durationMs(value: unknown, field: string, absentMs: number): number {
  if (value === undefined || value === null) return absentMs;
  if (typeof value !== 'string') fail(field, 'must be a duration such as 15s');
  try {
    return Number(parseDuration(value)) / 1e6;
  } catch {
    return fail(field, 'must be a duration such as 15s');
  }
}

function pluginSet(value: unknown, field: string): PluginSet {
  const set = object(value, field);
  const named = (key: 'enabled' | 'disabled') =>
    list(set[key], `${field}.${key}`).map((item, at) => {
      const name = text(item['name'], `${field}.${key}[${at}].name`, '');
      if (name === '') fail(`${field}.${key}[${at}].name`, 'is required');
      const weight = integer(item['weight'], `${field}.${key}[${at}].weight`, 0, 1_000_000, 0);
      return weight === 0 ? { name } : { name, weight };
    });
  return { enabled: named('enabled'), disabled: named('disabled') };
}

function resources(value: unknown, field: string): readonly WeightedResource[] {
  const items = list(value, field);
  if (items.length === 0) return DEFAULT_ARGS.balancedResources;
  return items.map((item, at) => ({
    name: text(item['name'], `${field}[${at}].name`, ''),
    weight: integer(item['weight'], `${field}[${at}].weight`, 1, 100, 1),
  }));
}

function strategyOf(args: Fields, field: string): ScoringStrategy {
  const strategy = object(args['scoringStrategy'], `${field}.scoringStrategy`);
  const type = text(strategy['type'], `${field}.scoringStrategy.type`, 'LeastAllocated');
  const weighted = resources(strategy['resources'], `${field}.scoringStrategy.resources`);
  if (type === 'LeastAllocated' || type === 'MostAllocated') return { type, resources: weighted };
  if (type !== 'RequestedToCapacityRatio')
    fail(`${field}.scoringStrategy.type`, 'must be LeastAllocated, MostAllocated or RequestedToCapacityRatio');
  const ratio = object(strategy['requestedToCapacityRatio'], `${field}.scoringStrategy.requestedToCapacityRatio`);
  const shapeField = `${field}.scoringStrategy.requestedToCapacityRatio.shape`;
  const shape = list(ratio['shape'], shapeField).map((point, at) => ({
    utilization: integer(point['utilization'], `${shapeField}[${at}].utilization`, 0, 100, 0),
    score: integer(point['score'], `${shapeField}[${at}].score`, 0, 10, 0),
  }));
  if (shape.length === 0) fail(shapeField, 'must have at least one point');
  return { type, resources: weighted, shape };
}

function argsOf(pluginConfig: unknown, field: string): PluginArgs {
  let args = DEFAULT_ARGS;
  for (const [at, item] of list(pluginConfig, field).entries()) {
    const own = object(item['args'], `${field}[${at}].args`);
    switch (item['name']) {
      case 'NodeResourcesFit':
        args = { ...args, scoringStrategy: strategyOf(own, `${field}[${at}].args`) };
        break;
      case 'NodeResourcesBalancedAllocation':
        args = { ...args, balancedResources: resources(own['resources'], `${field}[${at}].args.resources`) };
        break;
      case 'InterPodAffinity':
        args = {
          ...args,
          hardPodAffinityWeight: integer(
            own['hardPodAffinityWeight'],
            `${field}[${at}].args.hardPodAffinityWeight`,
            0,
            100,
            1,
          ),
        };
        break;
      case 'PodTopologySpread':
        if (own['defaultingType'] === 'List')
          args = { ...args, spreadDefaults: spreadDefaults(own, `${field}[${at}].args`) };
        break;
      default: // Arguments of plugins that take none, or that are not here: nothing depends on them.
    }
  }
  return args;
}

function spreadDefaults(args: Fields, field: string): readonly SpreadDefault[] {
  return list(args['defaultConstraints'], `${field}.defaultConstraints`).map((constraint, at) => ({
    topologyKey: text(constraint['topologyKey'], `${field}.defaultConstraints[${at}].topologyKey`, ''),
    maxSkew: integer(constraint['maxSkew'], `${field}.defaultConstraints[${at}].maxSkew`, 1, 1_000_000, 1),
    whenUnsatisfiable: text(
      constraint['whenUnsatisfiable'],
      `${field}.defaultConstraints[${at}].whenUnsatisfiable`,
      '',
    ),
  }));
}

function profile(fields: Fields, field: string): ProfileConfig {
  const plugins = object(fields['plugins'], `${field}.plugins`);
  const percentage = fields['percentageOfNodesToScore'];
  return {
    schedulerName: text(fields['schedulerName'], `${field}.schedulerName`, DEFAULT_SCHEDULER_NAME),
    ...(percentage !== undefined && {
      percentageOfNodesToScore: integer(percentage, `${field}.percentageOfNodesToScore`, 0, 100, 0),
    }),
    plugins: Object.fromEntries(
      Object.entries(plugins).map(([point, set]) => [point, pluginSet(set, `${field}.plugins.${point}`)]),
    ),
    args: argsOf(fields['pluginConfig'], `${field}.pluginConfig`),
  };
}

/** Parses a configuration file (YAML or JSON). Throws ConfigError naming the field that is wrong. */
export function parseSchedulerConfig(yaml: string): SchedulerConfig {
  const fields = object(parseYamlDocuments(yaml)[0], 'document');
  if (fields['apiVersion'] !== API_VERSION || fields['kind'] !== 'KubeSchedulerConfiguration')
    fail('apiVersion', `must be ${API_VERSION}, and kind KubeSchedulerConfiguration`);
  if (list(fields['extenders'], 'extenders').length > 0) fail('extenders', 'are not supported yet: remove them');
  const profiles = list(fields['profiles'], 'profiles').map((each, at) => profile(each, `profiles[${at}]`));
  if (new Set(profiles.map(({ schedulerName }) => schedulerName)).size < profiles.length)
    fail('profiles', 'schedulerName must be unique');
  const election = object(fields['leaderElection'], 'leaderElection');
  const absent = DEFAULT_CONFIG.leaderElection;
  const kubeconfig = text(
    object(fields['clientConnection'], 'clientConnection')['kubeconfig'],
    'clientConnection.kubeconfig',
    '',
  );
  const seconds = (name: string, absentMs: number) => integer(fields[name], name, 1, 86_400, absentMs / 1000) * 1000;
  return {
    profiles: profiles.length > 0 ? profiles : DEFAULT_CONFIG.profiles,
    percentageOfNodesToScore: integer(fields['percentageOfNodesToScore'], 'percentageOfNodesToScore', 0, 100, 0),
    podInitialBackoffMs: seconds('podInitialBackoffSeconds', DEFAULT_CONFIG.podInitialBackoffMs),
    podMaxBackoffMs: seconds('podMaxBackoffSeconds', DEFAULT_CONFIG.podMaxBackoffMs),
    ...(kubeconfig !== '' && { kubeconfig }),
    leaderElection: {
      leaderElect: election['leaderElect'] !== false,
      leaseDurationMs: durationMs(election['leaseDuration'], 'leaderElection.leaseDuration', absent.leaseDurationMs),
      renewDeadlineMs: durationMs(election['renewDeadline'], 'leaderElection.renewDeadline', absent.renewDeadlineMs),
      retryPeriodMs: durationMs(election['retryPeriod'], 'leaderElection.retryPeriod', absent.retryPeriodMs),
      resourceName: text(election['resourceName'], 'leaderElection.resourceName', absent.resourceName),
      resourceNamespace: text(
        election['resourceNamespace'],
        'leaderElection.resourceNamespace',
        absent.resourceNamespace,
      ),
    },
  };
}

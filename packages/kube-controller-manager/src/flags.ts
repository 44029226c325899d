import {
  clientFlags,
  defaultElection,
  durationFlag,
  electionFlags,
  electionSettingsOf,
  type Flag,
  type FlagValues,
  featureGatesOf,
  ignoredFlag,
  kubeconfigFlag,
  servingFlags,
  standingOf,
  textFlag,
} from '@steersman/server';
import { type ControllerManagerConfig, defaultConfig } from './config.ts';

const election = defaultElection('kube-controller-manager');
/** Flag, the setting it is, and what is worked on. */
const CONCURRENCY = [
  ['concurrent-deployment-syncs', 'concurrentDeploymentSyncs', 'deployments'],
  ['concurrent-replicaset-syncs', 'concurrentReplicaSetSyncs', 'replica sets'],
  ['concurrent-daemonset-syncs', 'concurrentDaemonSetSyncs', 'daemon sets'],
  ['concurrent-statefulset-syncs', 'concurrentStatefulSetSyncs', 'stateful sets'],
  ['concurrent-job-syncs', 'concurrentJobSyncs', 'jobs'],
  ['concurrent-cron-job-syncs', 'concurrentCronJobSyncs', 'cron jobs'],
  ['concurrent-endpoint-syncs', 'concurrentEndpointSyncs', 'Endpoints objects'],
  ['concurrent-service-endpoint-syncs', 'concurrentServiceEndpointSyncs', "services' endpoint slices"],
  ['concurrent-namespace-syncs', 'concurrentNamespaceSyncs', 'namespaces'],
  ['concurrent-serviceaccount-token-syncs', 'concurrentServiceAccountSyncs', 'service accounts'],
  ['concurrent-gc-syncs', 'concurrentGcSyncs', 'garbage collections'],
  ['concurrent-rc-syncs', 'concurrentReplicationControllerSyncs', 'replication controllers'],
  ['concurrent-ttl-after-finished-syncs', 'concurrentTtlAfterFinishedSyncs', 'finished jobs'],
] as const;
const concurrencyFlags = CONCURRENCY.map(
  ([name, setting, what]): Flag => ({
    name,
    type: 'int',
    default: defaultConfig[setting],
    help: `The number of ${what} that are worked on at the same time.`,
  }),
);
const ratio = (name: string, value: number, help: string): Flag => ({ name, type: 'float', default: value, help });

/** Upstream's flags. */
export const flags: readonly Flag[] = [
  kubeconfigFlag,
  ...clientFlags({ burst: 30 }),
  {
    name: 'controllers',
    type: 'strings',
    default: ['*'],
    help: "The controllers to run: '*' is all, 'foo' one by name, '-foo' all but that one.",
  },
  textFlag('root-ca-file', 'The root certificate to publish in every namespace.'),
  textFlag(
    'cluster-cidr',
    'The range of pod addresses; two, with a comma, for dual-stack. Needs --allocate-node-cidrs.',
  ),
  textFlag('service-cluster-ip-range', 'The range of service addresses, which nodes get nothing of.'),
  {
    name: 'allocate-node-cidrs',
    type: 'bool',
    default: false,
    help: 'Whether nodes are given a share of --cluster-cidr.',
  },
  {
    name: 'node-cidr-mask-size',
    type: 'int',
    default: 0,
    help: 'The prefix length of a node range in a single-stack cluster; 24 for IPv4 and 64 for IPv6 when 0.',
  },
  {
    name: 'node-cidr-mask-size-ipv4',
    type: 'int',
    default: 0,
    help: 'The prefix length of a node range for IPv4 in a dual-stack cluster.',
  },
  {
    name: 'node-cidr-mask-size-ipv6',
    type: 'int',
    default: 0,
    help: 'The prefix length of a node range for IPv6 in a dual-stack cluster.',
  },
  durationFlag('node-monitor-period', defaultConfig.nodeMonitorPeriodMs, 'How often nodes are looked at.'),
  durationFlag(
    'node-monitor-grace-period',
    defaultConfig.nodeMonitorGracePeriodMs,
    'How long a node may be silent before it counts as unhealthy.',
  ),
  durationFlag(
    'node-startup-grace-period',
    defaultConfig.nodeStartupGracePeriodMs,
    'How long a new node may take to report for the first time.',
  ),
  ratio(
    'node-eviction-rate',
    defaultConfig.nodeEvictionRate,
    'Nodes a second whose pods may be evicted when their zone is healthy.',
  ),
  ratio(
    'secondary-node-eviction-rate',
    defaultConfig.secondaryNodeEvictionRate,
    'The same when the zone is unhealthy.',
  ),
  ratio(
    'unhealthy-zone-threshold',
    defaultConfig.unhealthyZoneThreshold,
    'The share of nodes that must be unhealthy for a zone to be.',
  ),
  {
    name: 'large-cluster-size-threshold',
    type: 'int',
    default: defaultConfig.largeClusterSizeThreshold,
    help: 'Up to this many nodes an unhealthy zone gets no evictions.',
  },
  {
    name: 'terminated-pod-gc-threshold',
    type: 'int',
    default: defaultConfig.terminatedPodGcThreshold,
    help: 'Finished pods that may remain before the oldest are deleted; no limit when 0.',
  },
  {
    name: 'max-endpoints-per-slice',
    type: 'int',
    default: defaultConfig.maxEndpointsPerSlice,
    help: 'Endpoints in one EndpointSlice, up to 1000.',
  },
  ...concurrencyFlags,
  {
    name: 'use-service-account-credentials',
    type: 'bool',
    default: false,
    help: 'Whether each controller acts as its own service account, with the rights of its own role.',
  },
  ...electionFlags(election),
  ...servingFlags({ port: 10257 }),
  ignoredFlag('service-account-private-key-file', 'The key that legacy token secrets were signed with.'),
  ignoredFlag('cluster-name', 'The name of the cluster.'),
  ignoredFlag('cluster-signing-cert-file', 'The certificate to sign requests with.'),
  ignoredFlag('cluster-signing-key-file', 'The key to sign requests with.'),
];

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The configuration that parsed flags amount to. */
export function configOf(values: FlagValues, rootCa: string | undefined): ControllerManagerConfig {
  const positive = (name: string, fallback: number) => (values.number(name) > 0 ? values.number(name) : fallback);
  const single = values.number('node-cidr-mask-size');
  return {
    ...defaultConfig,
    controllers: values.strings('controllers'),
    featureGates: featureGatesOf(values.map('feature-gates')),
    rootCa,
    allocateNodeCidrs: values.bool('allocate-node-cidrs'),
    clusterCidrs: list(values.string('cluster-cidr')),
    serviceCidrs: list(values.string('service-cluster-ip-range')),
    nodeCidrMaskSizeIpv4: positive(
      'node-cidr-mask-size-ipv4',
      single > 0 && single <= 32 ? single : defaultConfig.nodeCidrMaskSizeIpv4,
    ),
    nodeCidrMaskSizeIpv6: positive(
      'node-cidr-mask-size-ipv6',
      single > 32 ? single : defaultConfig.nodeCidrMaskSizeIpv6,
    ),
    nodeMonitorPeriodMs: values.number('node-monitor-period'),
    nodeMonitorGracePeriodMs: values.number('node-monitor-grace-period'),
    nodeStartupGracePeriodMs: values.number('node-startup-grace-period'),
    nodeEvictionRate: values.number('node-eviction-rate'),
    secondaryNodeEvictionRate: values.number('secondary-node-eviction-rate'),
    unhealthyZoneThreshold: values.number('unhealthy-zone-threshold'),
    largeClusterSizeThreshold: values.number('large-cluster-size-threshold'),
    terminatedPodGcThreshold: values.number('terminated-pod-gc-threshold'),
    maxEndpointsPerSlice: values.number('max-endpoints-per-slice'),
    ...Object.fromEntries(CONCURRENCY.map(([flag, setting]) => [setting, values.number(flag)])),
  };
}

/** What the process has to lead before it works; undefined without --leader-elect. */
export function standingFor(values: FlagValues) {
  return standingOf(values, electionSettingsOf(values, election));
}

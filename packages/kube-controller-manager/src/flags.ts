import { emulatedVersionFlag, type Flag, type FlagValues, featureGatesOf } from '@steersman/server';
import { type ControllerManagerConfig, defaultConfig } from './config.ts';

const count = (name: string, value: number, what: string): Flag => ({
  name,
  type: 'int',
  default: value,
  help: `The number of ${what} that are worked on at the same time.`,
});
const duration = (name: string, ms: number, help: string): Flag => ({
  name,
  type: 'duration',
  default: `${ms / 1000}s`,
  help,
});
const ignored = (name: string, type: Flag['type'], help: string): Flag => ({
  name,
  type,
  help,
  ignored: true,
});
const ratio = (name: string, value: number, help: string): Flag => ({ name, type: 'float', default: value, help });

/** Upstream's flags. */
export const flags: readonly Flag[] = [
  {
    name: 'kubeconfig',
    type: 'string',
    default: '',
    help: 'The kubeconfig file that says where the API server is; the service account of the pod when empty.',
  },
  {
    name: 'master',
    type: 'string',
    default: '',
    help: 'The address of the API server, instead of the one in the kubeconfig.',
  },
  {
    name: 'controllers',
    type: 'strings',
    default: ['*'],
    help: "The controllers to run: '*' is all, 'foo' one by name, '-foo' all but that one.",
  },
  { name: 'root-ca-file', type: 'string', default: '', help: 'The root certificate to publish in every namespace.' },
  {
    name: 'cluster-cidr',
    type: 'string',
    default: '',
    help: 'The range of pod addresses; two, with a comma, for dual-stack. Needs --allocate-node-cidrs.',
  },
  {
    name: 'service-cluster-ip-range',
    type: 'string',
    default: '',
    help: 'The range of service addresses, which nodes get nothing of.',
  },
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
  duration('node-monitor-period', defaultConfig.nodeMonitorPeriodMs, 'How often nodes are looked at.'),
  duration(
    'node-monitor-grace-period',
    defaultConfig.nodeMonitorGracePeriodMs,
    'How long a node may be silent before it counts as unhealthy.',
  ),
  duration(
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
  count('concurrent-deployment-syncs', defaultConfig.concurrentDeploymentSyncs, 'deployments'),
  count('concurrent-replicaset-syncs', defaultConfig.concurrentReplicaSetSyncs, 'replica sets'),
  count('concurrent-daemonset-syncs', defaultConfig.concurrentDaemonSetSyncs, 'daemon sets'),
  count('concurrent-statefulset-syncs', defaultConfig.concurrentStatefulSetSyncs, 'stateful sets'),
  count('concurrent-job-syncs', defaultConfig.concurrentJobSyncs, 'jobs'),
  count('concurrent-cron-job-syncs', defaultConfig.concurrentCronJobSyncs, 'cron jobs'),
  count('concurrent-endpoint-syncs', defaultConfig.concurrentEndpointSyncs, 'Endpoints objects'),
  count('concurrent-service-endpoint-syncs', defaultConfig.concurrentServiceEndpointSyncs, "services' endpoint slices"),
  count('concurrent-namespace-syncs', defaultConfig.concurrentNamespaceSyncs, 'namespaces'),
  count('concurrent-serviceaccount-token-syncs', defaultConfig.concurrentServiceAccountSyncs, 'service accounts'),
  count('concurrent-gc-syncs', defaultConfig.concurrentGcSyncs, 'garbage collections'),
  count('concurrent-rc-syncs', defaultConfig.concurrentReplicationControllerSyncs, 'replication controllers'),
  count('concurrent-ttl-after-finished-syncs', defaultConfig.concurrentTtlAfterFinishedSyncs, 'finished jobs'),
  {
    name: 'use-service-account-credentials',
    type: 'bool',
    default: false,
    help: 'Whether each controller acts as its own service account, with the rights of its own role.',
  },
  { name: 'leader-elect', type: 'bool', default: true, help: 'Whether to work only while holding the leader lease.' },
  duration('leader-elect-lease-duration', 15_000, 'How long others wait for a silent leader.'),
  duration('leader-elect-renew-deadline', 10_000, 'How long the leader tries to renew before it gives up.'),
  duration('leader-elect-retry-period', 2_000, 'The pause between tries.'),
  {
    name: 'leader-elect-resource-name',
    type: 'string',
    default: 'kube-controller-manager',
    help: 'The name of the leader lease.',
  },
  {
    name: 'leader-elect-resource-namespace',
    type: 'string',
    default: 'kube-system',
    help: 'The namespace of the leader lease.',
  },
  { name: 'kube-api-qps', type: 'float', default: 0, help: 'Requests a second to the API server; unlimited when 0.' },
  {
    name: 'kube-api-burst',
    type: 'int',
    default: 30,
    help: 'Requests that may go out at once before --kube-api-qps counts.',
  },
  { name: 'bind-address', type: 'string', default: '0.0.0.0', help: 'The address to serve health and metrics on.' },
  {
    name: 'secure-port',
    type: 'int',
    default: 10257,
    help: 'The port to serve health and metrics on; nothing is served when 0, or without --tls-cert-file.',
  },
  { name: 'tls-cert-file', type: 'string', default: '', help: 'The certificate to serve with.' },
  { name: 'tls-private-key-file', type: 'string', default: '', help: 'The key of --tls-cert-file.' },
  { name: 'client-ca-file', type: 'string', default: '', help: 'The authority of clients that may read metrics.' },
  {
    name: 'feature-gates',
    type: 'map',
    default: '',
    help: "Turns features on or off by upstream's names. CoordinatedLeaderElection: be elected by the API server.",
  },
  emulatedVersionFlag,
  ignored('leader-elect-resource-lock', 'string', 'The kind of lock; always leases.'),
  ignored('service-account-private-key-file', 'string', 'The key that legacy token secrets were signed with.'),
  ignored('cluster-name', 'string', 'The name of the cluster.'),
  ignored('cluster-signing-cert-file', 'string', 'The certificate to sign requests with.'),
  ignored('cluster-signing-key-file', 'string', 'The key to sign requests with.'),
  ignored('authentication-kubeconfig', 'string', 'The kubeconfig for authentication of requests to this component.'),
  ignored('authorization-kubeconfig', 'string', 'The kubeconfig for authorization of requests to this component.'),
  ignored('requestheader-client-ca-file', 'string', 'The authority of front proxies.'),
  ignored('profiling', 'bool', 'Whether profiles are served.'),
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
    concurrentDeploymentSyncs: values.number('concurrent-deployment-syncs'),
    concurrentReplicaSetSyncs: values.number('concurrent-replicaset-syncs'),
    concurrentDaemonSetSyncs: values.number('concurrent-daemonset-syncs'),
    concurrentStatefulSetSyncs: values.number('concurrent-statefulset-syncs'),
    concurrentJobSyncs: values.number('concurrent-job-syncs'),
    concurrentCronJobSyncs: values.number('concurrent-cron-job-syncs'),
    concurrentEndpointSyncs: values.number('concurrent-endpoint-syncs'),
    concurrentServiceEndpointSyncs: values.number('concurrent-service-endpoint-syncs'),
    concurrentNamespaceSyncs: values.number('concurrent-namespace-syncs'),
    concurrentServiceAccountSyncs: values.number('concurrent-serviceaccount-token-syncs'),
    concurrentGcSyncs: values.number('concurrent-gc-syncs'),
    concurrentReplicationControllerSyncs: values.number('concurrent-rc-syncs'),
    concurrentTtlAfterFinishedSyncs: values.number('concurrent-ttl-after-finished-syncs'),
  };
}

/** What a cluster is made of, as decided by its first `up` and kept in its folder. */
import { ClusterError } from '../errors.ts';
import { hostAddress } from '../hosts/plan.ts';
import { freeRange } from '../preflight/ranges.ts';
import type { StoreConfig } from './topology.ts';

export type NodePlacement =
  | 'machine' // Uses the machine's network.
  | 'host' // A namespaced host.
  | 'simulated'; // No containers at all.

export interface NodeConfig {
  readonly name: string;
  readonly placement: NodePlacement;
  /** The node's InternalIP. */
  readonly address: string;
}

export interface ClusterConfig {
  readonly format: 1;
  readonly name: string;
  readonly runtime: 'containerd' | 'simulated';
  /** All nodes in namespaced hosts. */
  readonly hosts: boolean;
  readonly apiPort: number;
  /** Where nodes and pods reach the API server: the machine's address on the hosts' bridge, or loopback. */
  readonly apiAddress: string;
  readonly serviceCidr: string;
  readonly podCidr: string;
  /** The network of the bridge; absent when nodes are simulated. */
  readonly hostCidr?: string;
  readonly clusterDomain: string;
  /** 1 when absent. */
  readonly apiServers?: number;
  /** Absent: the embedded store, inside the one process of the control plane or, for several API servers, served by its own. */
  readonly store?: StoreConfig;
  readonly nodes: readonly NodeConfig[];
}

/** What the options of `up` ask for; absent: keep what the cluster has, or the default. */
export interface ClusterRequest {
  readonly name: string;
  readonly runtime?: 'containerd' | 'simulated';
  readonly hosts?: boolean;
  readonly apiPort?: number;
  readonly serviceCidr?: string;
  readonly podCidr?: string;
  readonly nodes?: number;
  readonly apiServers?: number;
  readonly store?: StoreConfig['kind'];
  readonly etcdMembers?: number;
}

/** What the plan needs to know about the machine. */
export interface MachineFacts {
  readonly hostname: string;
  /** Whether real containers can be run here (Linux and root). */
  readonly containers: boolean;
  /** Networks the machine has routes to. */
  readonly taken: readonly string[];
}

export const DEFAULTS = {
  apiPort: 6443,
  serviceCidr: '10.96.0.0/16',
  podCidr: '10.244.0.0/16',
  clusterDomain: 'cluster.local',
} as const;
/** Upstream supports 5,000 nodes per cluster; a simulated one is as demanding for the control plane as a real one. */
const SIMULATED_NODES_MAX = 5_000;
/** A /24 joins the hosts, and a machine that runs this many containerds is busy enough. */
const REAL_NODES_MAX = 50;
const HOST_NETWORKS: readonly string[] = Array.from({ length: 16 }, (_, index) => `10.${245 - index}.0.0/24`).filter(
  (cidr) => cidr !== '10.244.0.0/24',
);

/** As many as an etcd has members at most, by its own advice: more cost writes and survive no more than these. */
const API_SERVERS_MAX = 5;
const ETCD_MEMBERS: readonly number[] = [1, 3, 5];

/** The address of the `kubernetes` Service, and by custom the tenth one for DNS. */
export const kubernetesServiceAddress = (serviceCidr: string) => hostAddress(serviceCidr, 1);
export const dnsServiceAddress = (serviceCidr: string) => hostAddress(serviceCidr, 10);

/** The configuration of a new cluster. Throws ClusterError 'invalid-option' or 'range-overlap'. */
export function planCluster(request: ClusterRequest, machine: MachineFacts): ClusterConfig {
  const runtime = request.runtime ?? (machine.containers ? 'containerd' : 'simulated');
  const hosts = runtime === 'containerd' && request.hosts === true;
  const ranges = {
    serviceCidr: request.serviceCidr ?? DEFAULTS.serviceCidr,
    podCidr: request.podCidr ?? DEFAULTS.podCidr,
  };
  const hostCidr =
    runtime === 'simulated'
      ? undefined
      : freeRange(HOST_NETWORKS, [...machine.taken, ...Object.values(ranges)], '--pod-cidr');
  const base = {
    format: 1,
    name: request.name,
    runtime,
    hosts,
    apiPort: request.apiPort ?? DEFAULTS.apiPort,
    apiAddress: hostCidr === undefined ? '127.0.0.1' : hostAddress(hostCidr, 1),
    clusterDomain: DEFAULTS.clusterDomain,
    ...ranges,
    ...planServers(request),
    ...(hostCidr === undefined ? {} : { hostCidr }),
  } as const;
  return { ...base, nodes: planNodes(base, request.nodes ?? 1, machine.hostname) };
}

/** What a second `up` makes of a cluster that exists: more nodes and another port are possible, the rest is for ever. */
export function reviseCluster(existing: ClusterConfig, request: ClusterRequest): ClusterConfig {
  const fixed = [
    ['--runtime', request.runtime, existing.runtime],
    ['--hosts', request.hosts, existing.hosts],
    ['--service-cidr', request.serviceCidr, existing.serviceCidr],
    ['--pod-cidr', request.podCidr, existing.podCidr],
    ['--store', request.store, existing.store?.kind ?? 'embedded'],
    ['--etcd-members', request.etcdMembers, existing.store?.members],
    // Its members know each other by it.
    ['--api-port', existing.store === undefined ? undefined : request.apiPort, existing.apiPort],
  ] as const;
  for (const [option, wanted, had] of fixed) {
    if (wanted === undefined || wanted === had) continue;
    const message = `this cluster was made with ${option} ${had}; to change it, first run: steersman down --purge`;
    throw new ClusterError('invalid-option', message);
  }
  const count = request.nodes ?? existing.nodes.length;
  if (count < existing.nodes.length) {
    const message = `this cluster has ${existing.nodes.length} nodes; fewer are only possible after: steersman down --purge`;
    throw new ClusterError('invalid-option', message);
  }
  const firstName = existing.nodes[0]?.placement === 'machine' ? existing.nodes[0].name : '';
  const nodes = [...existing.nodes, ...planNodes(existing, count, firstName).slice(existing.nodes.length)];
  const store = existing.store?.kind ?? 'embedded';
  const { apiServers = existing.apiServers } = planServers({ ...request, store });
  return {
    ...existing,
    apiPort: request.apiPort ?? existing.apiPort,
    ...(apiServers === undefined ? {} : { apiServers }),
    nodes,
  };
}

/** Only what was asked for: most clusters have one process with everything in it. */
function planServers({ apiServers, store, etcdMembers }: ClusterRequest): Pick<ClusterConfig, 'apiServers' | 'store'> {
  if (apiServers !== undefined && !(Number.isInteger(apiServers) && apiServers >= 1 && apiServers <= API_SERVERS_MAX))
    throw new ClusterError('invalid-option', `--api-servers ${apiServers}: give a number from 1 to ${API_SERVERS_MAX}`);
  if (etcdMembers !== undefined && store !== 'etcd')
    throw new ClusterError('invalid-option', '--etcd-members goes with --store etcd');
  if (etcdMembers !== undefined && !ETCD_MEMBERS.includes(etcdMembers))
    throw new ClusterError('invalid-option', `--etcd-members ${etcdMembers}: use ${ETCD_MEMBERS.join(', ')}`);
  return {
    ...(apiServers === undefined ? {} : { apiServers }),
    ...(store === 'etcd' ? { store: { kind: store, members: etcdMembers ?? 1 } } : {}),
  };
}

type NodePlanning = Pick<ClusterConfig, 'runtime' | 'hosts' | 'hostCidr'>;

function planNodes({ runtime, hosts, hostCidr }: NodePlanning, count: number, hostname: string): readonly NodeConfig[] {
  const most = runtime === 'simulated' ? SIMULATED_NODES_MAX : REAL_NODES_MAX;
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new ClusterError('invalid-option', `--nodes ${count}: give a number from 1 to ${most}`);
  }
  return Array.from({ length: count }, (_, index): NodeConfig => {
    if (runtime === 'simulated' || hostCidr === undefined) {
      return { name: `node-${index + 1}`, placement: 'simulated', address: '127.0.0.1' };
    }
    if (index === 0 && !hosts)
      return { name: nodeName(hostname), placement: 'machine', address: hostAddress(hostCidr, 1) };
    return { name: `node-${index + 1}`, placement: 'host', address: hostAddress(hostCidr, index + 2) };
  });
}

/** A host name as a node name: lower case, only what RFC 1123 allows. */
function nodeName(hostname: string): string {
  const cleaned = hostname
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 63);
  return cleaned === '' || cleaned === 'localhost' ? 'node-1' : cleaned;
}

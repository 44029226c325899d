/**
 * Which processes a cluster's control plane is made of, and where each listens. Usually one process holds everything. With
 * several API servers, or with etcd, each part is a process: the members of the store, the control planes, and the load balancer
 * that stands where the single process would.
 */
import { hostAddress } from '../hosts/plan.ts';
import type { ClusterConfig } from './config.ts';
import type { Layout, PartFiles } from './layout.ts';

/** Where objects are kept when that is a process of its own. */
export interface StoreConfig {
  readonly kind: 'embedded' | 'etcd';
  readonly members: number;
}

export type PartRole = 'store' | 'control-plane' | 'load-balancer' | 'simulated-nodes';

/** One process of the control plane. */
export interface Part extends PartFiles {
  readonly role: PartRole;
  readonly name: string;
  /** Counted from 0 among those of its role. */
  readonly index: number;
  /** Where it listens, on the cluster's API port; undefined for the single process. */
  readonly address?: string;
}

/**
 * Addresses instead of ports tell the parts apart, so that one free port is enough. On the bridge, API servers are beyond the
 * nodes (`REAL_NODES_MAX`); what nobody but the parts themselves may reach is on loopback.
 */
const BRIDGE_API_SERVER = 241;
const LOOPBACK = '127.0.0.0/8';
const LOOPBACK_API_SERVER = 11;
const LOOPBACK_STORE = 21;
const LOOPBACK_SIMULATED_NODES = 31;
const LOOPBACK_STORE_PEER = 41;

type Topology = Pick<ClusterConfig, 'apiServers' | 'store' | 'hostCidr' | 'runtime'>;

/** Whether each part is a process of its own. */
export const isSplit = ({ apiServers = 1, store }: Topology): boolean => apiServers > 1 || store?.kind === 'etcd';

/** Where each API server listens; empty for the single process, which listens where clients connect. */
export function apiServerAddresses(config: Topology): readonly string[] {
  if (!isSplit(config)) return [];
  const [network, first] =
    config.hostCidr === undefined ? [LOOPBACK, LOOPBACK_API_SERVER] : [config.hostCidr, BRIDGE_API_SERVER];
  return Array.from({ length: config.apiServers ?? 1 }, (_, index) => hostAddress(network, first + index));
}

/** Where each member of the store listens; empty when it is inside the single process. */
export const storeAddresses = (config: Topology) => memberAddresses(config, LOOPBACK_STORE);

/** Where each member of the store listens to the others. */
export const storePeerAddresses = (config: Topology) => memberAddresses(config, LOOPBACK_STORE_PEER);

function memberAddresses(config: Topology, first: number): readonly string[] {
  if (!isSplit(config)) return [];
  return Array.from({ length: config.store?.members ?? 1 }, (_, index) => hostAddress(LOOPBACK, first + index));
}

/** Where the kubelets of simulated nodes answer API servers. */
export const simulatedNodesAddress = hostAddress(LOOPBACK, LOOPBACK_SIMULATED_NODES);

/** Every process in the order of starting. */
export function partsOf(config: Topology, layout: Layout): readonly Part[] {
  if (!isSplit(config)) return [{ role: 'control-plane', name: 'control-plane', index: 0, ...layout.controlPlane }];
  const several = (role: PartRole, addresses: readonly string[]) =>
    addresses.map((address, index): Part => {
      const name = `${role}-${index + 1}`;
      return { role, name, index, address, ...layout.part(name) };
    });
  const single = (role: PartRole, address: string): Part => ({
    role,
    name: role,
    index: 0,
    address,
    ...layout.part(role),
  });
  return [
    ...several('store', storeAddresses(config)),
    ...several('control-plane', apiServerAddresses(config)),
    single('load-balancer', '127.0.0.1'),
    ...(config.runtime === 'simulated' ? [single('simulated-nodes', simulatedNodesAddress)] : []),
  ];
}

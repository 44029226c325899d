/** The machine's side of the network: the bridge that joins hosts, and forwarding where a node needs it. */
import {
  apiServerAddresses,
  applyIpBatch,
  bridgeBatch,
  bridgeSetupBatch,
  type ClusterConfig,
  cableBatch,
  changeSetting,
  deviceName,
  type Host,
  type HostNetwork,
  hostBatch,
  type Layout,
  type NodeConfig,
  plugBatch,
  tryRun,
} from '@steersman/cluster';

/** The cluster's bridge. Throws RangeError for a cluster without containers, which has none. */
export function hostNetwork(config: ClusterConfig, layout: Layout): HostNetwork {
  if (config.hostCidr === undefined) throw new RangeError('simulated clusters have no host network');
  return { bridge: deviceName(layout.folder, ''), cidr: config.hostCidr };
}

/** Makes the bridge unless it is there; turns on forwarding when a node uses the machine's network. */
export async function ensureBridge(config: ClusterConfig, layout: Layout): Promise<void> {
  const network = hostNetwork(config, layout);
  if (!(await deviceExists(network.bridge))) await applyIpBatch(bridgeBatch(network));
  await applyIpBatch(bridgeSetupBatch(network, apiServerAddresses(config)));
  if (config.nodes.some((node) => node.placement === 'machine'))
    changeSetting(layout, '/proc/sys/net/ipv4/ip_forward', '1');
}

/** Joins a host to the bridge unless it is joined already. */
export async function ensureCable(config: ClusterConfig, layout: Layout, node: NodeConfig, host: Host): Promise<void> {
  const network = hostNetwork(config, layout);
  const device = deviceName(layout.folder, `h${config.nodes.indexOf(node) + 1}`);
  if (!(await deviceExists(device))) await applyIpBatch(cableBatch(device, host.init.pid));
  await applyIpBatch(plugBatch(network, device));
  await applyIpBatch(hostBatch(network, node.address), host);
}

/** Removes the bridge; the cables went with their hosts, the routes go with the bridge. */
export async function removeBridge(config: ClusterConfig, layout: Layout): Promise<void> {
  const { bridge } = hostNetwork(config, layout);
  if (await deviceExists(bridge)) await applyIpBatch(`link del ${bridge}\n`);
}

async function deviceExists(name: string): Promise<boolean> {
  return (await tryRun(['ip', 'link', 'show', 'dev', name])).code === 0;
}

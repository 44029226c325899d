import { join } from 'node:path';
import { type Client, createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';
import {
  type ClusterConfig,
  ClusterError,
  clusterCgroup,
  dnsServiceAddress,
  HOST_PATHS,
  type Layout,
  type NodeConfig,
  readClusterConfig,
} from '@steersman/cluster';
import { runKubeProxy } from '@steersman/kube-proxy';
import { kubeletConfigOf, kubeletFlags, startNodeKubelet } from '@steersman/kubelet';
import type { Effects } from '@steersman/machinery';
import { type ComponentCommand, parseFlags } from '@steersman/server';
import { LOCATION_FLAGS, locationOf } from '../cli/location.ts';
import { nodeKubeconfig } from '../deploy/credentials.ts';
import { runNetworkAgent } from './network-agent.ts';

/** `steersman node`: what `up` starts inside each host. */
export const command: ComponentCommand = {
  name: 'node',
  summary: 'Runs kubelet, kube-proxy and pod network of one node of a cluster that `steersman up` has made.',
  flags: [...LOCATION_FLAGS, { name: 'node', type: 'string', help: 'Name of the node.' }],
  async run(flags, effects, signal) {
    const { layout } = locationOf(flags);
    const config = readClusterConfig(layout);
    const node = config?.nodes.find(({ name }) => name === flags.string('node'));
    if (config === undefined || node === undefined) {
      throw new ClusterError(
        'invalid-option',
        `there is no node "${flags.string('node')}" in ${layout.folder}; run: steersman up`,
      );
    }
    await runNode({ config, layout, node, effects, signal });
  },
};

interface NodeContext {
  readonly config: ClusterConfig;
  readonly layout: Layout;
  readonly node: NodeConfig;
  readonly effects: Effects;
  readonly signal: AbortSignal;
}

/** A part that fails for good ends the process: `up` starts it again as a whole, and containers do not notice. */
async function runNode(context: NodeContext): Promise<void> {
  const { config, layout, node, signal } = context;
  const kubelet = clientFrom(context, 'kubelet');
  const proxy = clientFrom(context, 'kube-proxy');
  const effects = (component: string): Effects => ({
    ...context.effects,
    log: context.effects.log.child({ component }),
  });
  await Promise.all([
    startNodeKubelet({ client: kubelet, effects: effects('kubelet'), signal, config: kubeletConfig(context) }).then(
      ({ stopped }) => stopped,
    ),
    runNetworkAgent({ client: proxy, effects: effects('network'), signal, config, layout, node: node.name }),
    runKubeProxy({
      client: proxy,
      effects: effects('kube-proxy'),
      signal,
      nodeName: node.name,
      clusterRange: config.podCidr,
      serviceRange: config.serviceCidr,
      nodeAddress: node.address,
      healthAddress: '0.0.0.0:10256',
      metricsAddress: '127.0.0.1:10249',
    }),
  ]);
  await Promise.all([kubelet.transport.close(), proxy.transport.close()]);
}

function clientFrom({ layout, node, effects }: NodeContext, who: 'kubelet' | 'kube-proxy'): Client {
  const transport = createHttpTransport(loadKubeconfig(nodeKubeconfig(layout, node.name, who)));
  return createClient(transport, { userAgent: who, clock: effects.clock });
}

function kubeletConfig({ config, layout, node }: NodeContext) {
  const pair = join(layout.pki, 'nodes', node.name, 'kubelet');
  const args = [
    `--hostname-override=${node.name}`,
    `--node-ip=${node.address}`,
    `--container-runtime-endpoint=unix://${HOST_PATHS.containerdSocket}`,
    `--cgroup-root=/${clusterCgroup(config.name)}/${node.name}`,
    `--cluster-dns=${dnsServiceAddress(config.serviceCidr)}`,
    `--resolv-conf=${layout.node(node.name).resolvers}`,
    `--cluster-domain=${config.clusterDomain}`,
    `--tls-cert-file=${pair}.crt`,
    `--tls-private-key-file=${pair}.key`,
    `--client-ca-file=${join(layout.pki, 'ca.crt')}`,
  ];
  return kubeletConfigOf(parseFlags(kubeletFlags, args).flags, undefined);
}

/**
 * Gives the node its pod network once it has a pod range: the CNI configuration, routes to the pods of the other nodes, and
 * on the machine's network masquerading for traffic that leaves the cluster.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Node, Resources } from '@steersman/api';
import { type Client, createInformers } from '@steersman/client';
import {
  type ClusterConfig,
  cniConfigText,
  deviceName,
  forwardRules,
  HOST_PATHS,
  type Layout,
  masqueradeRules,
  type NodeAddress,
  type NodeNetwork,
  planNodeNetwork,
  routeBatch,
  run,
  tryRun,
  writeFileAtomically,
} from '@steersman/cluster';
import { createWorkQueue, type Effects } from '@steersman/machinery';

export interface NetworkAgentOptions {
  readonly client: Client;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  readonly config: ClusterConfig;
  readonly layout: Layout;
  /** This node; absent on the machine when no node uses its network: routes only. */
  readonly node?: string;
}

const KEY = 'network'; // One key: every change leads to one look at the whole.

/** Runs until the signal aborts. */
export async function runNetworkAgent(options: NetworkAgentOptions): Promise<void> {
  const { client, effects, signal } = options;
  const informers = createInformers({ client, effects });
  const nodes = informers.informer(Resources.nodes);
  let routes: NodeNetwork['routes'] = [];
  const queue = createWorkQueue({
    name: 'node-network',
    effects,
    concurrencyMax: 1,
    async reconcile() {
      const addresses = nodes.list().flatMap(addressOf);
      const network = planNodeNetwork(options.node ?? '', addresses) ?? routesOnly(options, addresses);
      if (network === undefined) return 'on-change';
      await applyRoutes(routes, network.routes);
      routes = network.routes;
      if (options.node !== undefined) await applyNodeNetwork(options, network.podCidr);
      return 'on-change';
    },
  });
  nodes.subscribe(() => queue.add(KEY));
  informers.start(signal);
  await queue.run(signal);
}

/** The machine without a node of its own still reaches pods, for the API server's proxies. */
function routesOnly({ node }: NetworkAgentOptions, addresses: readonly NodeAddress[]): NodeNetwork | undefined {
  if (node !== undefined) return undefined;
  const routes = addresses.map(({ podCidr, address }) => ({ destination: podCidr, via: address }));
  return { podCidr: '', routes };
}

function addressOf(node: Pick<Node, 'metadata' | 'spec' | 'status'>): readonly NodeAddress[] {
  const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  const podCidr = node.spec.podCIDR;
  const name = node.metadata.name;
  return address === undefined || !podCidr || name === undefined ? [] : [{ name, podCidr, address }];
}

async function applyRoutes(before: NodeNetwork['routes'], after: NodeNetwork['routes']): Promise<void> {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  await run(['ip', '-force', '-batch', '-'], { input: routeBatch(before, after) });
}

async function applyNodeNetwork({ config, layout, node }: NetworkAgentOptions, podCidr: string): Promise<void> {
  const placement = config.nodes.find((candidate) => candidate.name === node)?.placement;
  if (placement === 'machine') {
    const inside = [config.podCidr, config.serviceCidr, ...(config.hostCidr === undefined ? [] : [config.hostCidr])];
    await run(['nft', '-f', '-'], {
      input: masqueradeRules({ table: deviceName(layout.folder, ''), podCidr, inside }),
    });
  }
  if (placement === 'machine') await allowForwarding(config.podCidr, deviceName(layout.folder, ''));
  // Last: from here on the runtime reports its network as ready.
  mkdirSync(HOST_PATHS.cniConfigs, { recursive: true });
  writeFileAtomically(join(HOST_PATHS.cniConfigs, '10-steersman.conflist'), cniConfigText(podCidr), 0o644);
}

/** Only where forwarding is off by policy: otherwise the machine's packet filter is left alone. */
async function allowForwarding(podCidr: string, comment: string): Promise<void> {
  const { stdout } = await tryRun(['iptables', '--wait', '-S', 'FORWARD']);
  if (!stdout.startsWith('-P FORWARD DROP')) return;
  for (const rule of forwardRules(podCidr, comment)) {
    const present = await tryRun(['iptables', '--wait', '-C', 'FORWARD', ...rule]);
    if (present.code !== 0) await run(['iptables', '--wait', '-I', 'FORWARD', ...rule]);
  }
}

/** Takes the rules of `allowForwarding` away again. */
export async function forbidForwarding(podCidr: string, comment: string): Promise<void> {
  for (const rule of forwardRules(podCidr, comment)) await tryRun(['iptables', '--wait', '-D', 'FORWARD', ...rule]);
}

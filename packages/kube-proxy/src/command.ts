import { hostname } from 'node:os';
import { Resources } from '@steersman/api';
import {
  type Client,
  createClient,
  createHttpTransport,
  createInformers,
  inClusterConfig,
  loadKubeconfig,
} from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { ComponentCommand, FlagValues } from '@steersman/server';
import { ensureServiceRoute, forgetUdpFlows, removeServiceRoute, runNft } from './adapters/commands.ts';
import { serveProxyHealth, serveProxyMetrics } from './health.ts';
import { nftablesFilter } from './nftables/filter.ts';
import { IPV4 } from './nftables/ruleset.ts';
import { startKubeProxy } from './proxy.ts';

/** A bridge without ports that gives the node its route to the service range. */
export const SERVICE_DEVICE = 'steersman-svc';

/** `10.0.0.1:10256`, `:10256` or `[::1]:10256`. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host: host === '' ? '0.0.0.0' : host, port: Number(text.slice(colon + 1)) };
}

export interface RunKubeProxyOptions {
  readonly client: Client;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  readonly nodeName: string;
  readonly clusterRange?: string;
  readonly serviceRange?: string;
  /** The node's own address, for connections it starts itself; without it the node gets no route to the service range. */
  readonly nodeAddress?: string;
  /** `host:port`, or empty for none. */
  readonly healthAddress: string;
  readonly metricsAddress: string;
}

/** Runs the proxy on this machine until the signal aborts; rules stay behind so that connections go on. */
export async function runKubeProxy(options: RunKubeProxyOptions): Promise<void> {
  const { client, effects, signal, nodeName, serviceRange, clusterRange, nodeAddress } = options;
  if (serviceRange !== undefined && nodeAddress !== undefined)
    await ensureServiceRoute(SERVICE_DEVICE, serviceRange, nodeAddress);
  const filter = nftablesFilter(runNft, { family: IPV4, serviceRange, clusterRange });
  const proxy = startKubeProxy({
    client,
    informers: createInformers({ client, effects }),
    effects,
    signal,
    nodeName,
    filters: [{ family: 'IPv4', filter }],
    forgetUdpFlow: ({ address, port, endpoint }) => forgetUdpFlows(address, port, endpoint),
  });
  if (options.healthAddress !== '') await serveProxyHealth(proxy, hostAndPort(options.healthAddress), effects, signal);
  if (options.metricsAddress !== '') await serveProxyMetrics(hostAndPort(options.metricsAddress), effects, signal);
  await proxy.done;
}

/** Removes the rules and the route. */
export async function cleanUpKubeProxy(): Promise<void> {
  await nftablesFilter(runNft, { family: IPV4, serviceRange: undefined, clusterRange: undefined }).cleanup();
  await removeServiceRoute(SERVICE_DEVICE);
}

/** The node's own InternalIP, as the API knows it; undefined until the kubelet has reported it. */
async function nodeAddressOf(client: Client, name: string, signal: AbortSignal): Promise<string | undefined> {
  const node = await client.resource(Resources.nodes).find({ name }, { signal });
  return node?.status?.addresses?.find(({ type, address }) => type === 'InternalIP' && !address.includes(':'))?.address;
}

export const command: ComponentCommand = {
  name: 'kube-proxy',
  summary: 'Makes Services work on this node by nftables rules.',
  flags: [
    {
      name: 'kubeconfig',
      type: 'string',
      default: '',
      help: 'Path to a kubeconfig; inside a pod its service account is used.',
    },
    { name: 'hostname-override', type: 'string', default: '', help: 'The name of this node; the hostname when empty.' },
    { name: 'proxy-mode', type: 'string', default: 'nftables', help: "The mode: only 'nftables' so far." },
    {
      name: 'cluster-cidr',
      type: 'string',
      default: '',
      help: 'The range of the pods; traffic from elsewhere to Services is masqueraded.',
    },
    {
      name: 'service-cluster-ip-range',
      type: 'string',
      default: '',
      help: 'The range of the Services; addresses in it that no Service owns are refused on the node.',
    },
    {
      name: 'healthz-bind-address',
      type: 'string',
      default: '0.0.0.0:10256',
      help: 'Where to serve /healthz; empty: nowhere.',
    },
    {
      name: 'metrics-bind-address',
      type: 'string',
      default: '127.0.0.1:10249',
      help: 'Where to serve /metrics; empty: nowhere.',
    },
    { name: 'cleanup', type: 'bool', default: false, help: 'Remove every rule and exit.' },
    { name: 'config', type: 'string', default: '', help: 'Accepted for compatibility.', ignored: true },
  ],
  async run(flags, effects, signal) {
    if (flags.bool('cleanup')) return await cleanUpKubeProxy();
    const path = flags.string('kubeconfig');
    const transport = createHttpTransport(path === '' ? inClusterConfig(process.env) : loadKubeconfig(path));
    const client = createClient(transport, { userAgent: 'kube-proxy' });
    const nodeName = flags.string('hostname-override') || hostname().toLowerCase();
    const nodeAddress = await nodeAddressOf(client, nodeName, signal);
    await runKubeProxy({
      client,
      effects,
      signal,
      nodeName,
      healthAddress: flags.string('healthz-bind-address'),
      metricsAddress: flags.string('metrics-bind-address'),
      ...givenText(flags, 'cluster-cidr', 'clusterRange'),
      ...givenText(flags, 'service-cluster-ip-range', 'serviceRange'),
      ...(nodeAddress === undefined ? {} : { nodeAddress }),
    });
    await transport.close();
  },
};

function givenText<K extends string>(flags: FlagValues, flag: string, key: K): { [P in K]?: string } {
  const text = flags.string(flag);
  return text === '' ? {} : ({ [key]: text } as { [P in K]?: string });
}

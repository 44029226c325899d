import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Resources } from '@steersman/api';
import { type Client, createClient, createHttpTransport, createInformers, serverConfig } from '@steersman/client';
import type { Clock, Effects } from '@steersman/machinery';
import { type ComponentCommand, kubeconfigFlag, textFlag } from '@steersman/server';
import { ensureServiceRoute, forgetUdpFlows, removeServiceRoute, runNft, tablePresent } from './adapters/commands.ts';
import { flagsOfConfigFile } from './config-file.ts';
import { serveProxyHealth, serveProxyMetrics } from './health.ts';
import { healthCheckServers } from './health-check-ports.ts';
import { nftablesFilter } from './nftables/filter.ts';
import { IPV4, IPV6 } from './nftables/ruleset.ts';
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
  /** The range of the pods; two, separated by a comma, with dual stack. */
  readonly clusterRange?: string;
  /** The range of the Services; two with dual stack. An IPv6 range turns IPv6 on. */
  readonly serviceRange?: string;
  /** The node's own address, for connections it starts itself; asked of the API when absent and a service range is known. */
  readonly nodeAddress?: string;
  /** `host:port`, or empty for none. */
  readonly healthAddress: string;
  readonly metricsAddress: string;
}

/** The kubelet registers its node some seconds after both have started; without an answer the node gets no route. */
const NODE_ADDRESS_WAIT_MS = 1_000;
const NODE_ADDRESS_TRIES_MAX = 60;

const families = [
  { name: 'IPv4', family: IPV4 },
  { name: 'IPv6', family: IPV6 },
] as const;

/** The part of `10.96.0.0/16,fd00::/112` that belongs to a family. */
export function rangeOf(ranges: string | undefined, family: 'IPv4' | 'IPv6'): string | undefined {
  const all = (ranges ?? '').split(',').map((range) => range.trim());
  return all.find((range) => range !== '' && range.includes(':') === (family === 'IPv6'));
}

/** Runs the proxy on this machine until the signal aborts; rules stay behind so that connections go on. */
export async function runKubeProxy(options: RunKubeProxyOptions): Promise<void> {
  const { client, effects, signal, nodeName } = options;
  const used = families.filter(({ name }) => name === 'IPv4' || rangeOf(options.serviceRange, name) !== undefined);
  const proxy = startKubeProxy({
    client,
    informers: createInformers({ client, effects }),
    effects,
    signal,
    nodeName,
    filters: used.map(({ name, family }) => {
      const ranges = {
        serviceRange: rangeOf(options.serviceRange, name),
        clusterRange: rangeOf(options.clusterRange, name),
      };
      return { family: name, filter: nftablesFilter(runNft, { family, ...ranges }, () => tablePresent(family.table)) };
    }),
    forgetUdpFlow: forgetUdpFlows,
    onPorts: healthCheckServers(effects, signal),
  });
  if (options.healthAddress !== '') await serveProxyHealth(proxy, hostAndPort(options.healthAddress), effects, signal);
  if (options.metricsAddress !== '') await serveProxyMetrics(hostAndPort(options.metricsAddress), effects, signal);
  const routes = ensureRoutes(options).catch((error: unknown) => {
    if (!signal.aborted) effects.log.error('The node has no route to the Services', { error: String(error) });
  });
  await Promise.all([routes, proxy.done]);
}

/** Connections that start on the node need routes to the service ranges. */
async function ensureRoutes({ client, effects, signal, nodeName, serviceRange, nodeAddress }: RunKubeProxyOptions) {
  for (const { name } of families) {
    const range = rangeOf(serviceRange, name);
    if (range === undefined) continue;
    const given = nodeAddress !== undefined && nodeAddress.includes(':') === (name === 'IPv6');
    const address = given ? nodeAddress : await nodeAddressOf(client, nodeName, name, effects.clock, signal);
    if (address !== undefined) await ensureServiceRoute(SERVICE_DEVICE, range, address);
    else effects.log.warn('The node has no address of the family: no route to its Services', { family: name });
  }
}

/** Removes the rules and the route. */
export async function cleanUpKubeProxy(): Promise<void> {
  for (const { family } of families) {
    await nftablesFilter(runNft, { family, serviceRange: undefined, clusterRange: undefined }).cleanup();
  }
  await removeServiceRoute(SERVICE_DEVICE);
}

/** The node's own InternalIP, as the API knows it; waits until the kubelet has reported addresses. */
async function nodeAddressOf(
  client: Client,
  nodeName: string,
  family: 'IPv4' | 'IPv6',
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let tries = 0; tries < NODE_ADDRESS_TRIES_MAX; tries += 1) {
    const node = await client
      .resource(Resources.nodes)
      .find({ name: nodeName }, { signal })
      .catch(() => undefined);
    const internal = node?.status?.addresses?.filter(({ type }) => type === 'InternalIP') ?? [];
    const found = internal.find(({ address }) => address.includes(':') === (family === 'IPv6'));
    if (internal.length > 0) return found?.address;
    await clock.sleep(NODE_ADDRESS_WAIT_MS, signal);
  }
  return undefined;
}

export const command: ComponentCommand = {
  name: 'kube-proxy',
  summary: 'Makes Services work on this node by nftables rules.',
  flags: [
    kubeconfigFlag,
    textFlag('hostname-override', 'The name of this node; the hostname when empty.'),
    textFlag('proxy-mode', "The mode: only 'nftables' so far.", 'nftables'),
    textFlag('cluster-cidr', 'The range of the pods; traffic from elsewhere to Services is masqueraded.'),
    textFlag(
      'service-cluster-ip-range',
      'The range of the Services; addresses in it that no Service owns are refused on the node.',
    ),
    textFlag('healthz-bind-address', 'Where to serve /healthz; empty: nowhere.', '0.0.0.0:10256'),
    textFlag('metrics-bind-address', 'Where to serve /metrics; empty: nowhere.', '127.0.0.1:10249'),
    { name: 'cleanup', type: 'bool', default: false, help: 'Remove every rule and exit.' },
    textFlag('config', 'Path to a KubeProxyConfiguration file; it wins over flags.'),
  ],
  async run(flags, effects, signal) {
    if (flags.bool('cleanup')) return await cleanUpKubeProxy();
    const file = flags.string('config');
    const configured = file === '' ? new Map<string, string>() : flagsOfConfigFile(readFileSync(file, 'utf8'));
    // Upstream lets the file win, except for the node's name.
    const text = (name: string) =>
      name === 'hostname-override' && flags.given(name)
        ? flags.string(name)
        : (configured.get(name) ?? flags.string(name));
    const mode = text('proxy-mode');
    if (mode !== 'nftables') effects.log.warn("Only mode 'nftables' exists; it is used", { asked: mode });
    const transport = createHttpTransport(serverConfig({ kubeconfig: text('kubeconfig') }));
    const given = <K extends string>(flag: string, key: K) =>
      (text(flag) === '' ? {} : { [key]: text(flag) }) as { [P in K]?: string };
    await runKubeProxy({
      client: createClient(transport, { userAgent: 'kube-proxy' }),
      effects,
      signal,
      nodeName: text('hostname-override') || hostname().toLowerCase(),
      healthAddress: text('healthz-bind-address'),
      metricsAddress: text('metrics-bind-address'),
      ...given('cluster-cidr', 'clusterRange'),
      ...given('service-cluster-ip-range', 'serviceRange'),
    });
    await transport.close();
  },
};

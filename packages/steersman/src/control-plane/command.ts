import { hostname } from 'node:os';
import { type ClusterConfig, type Layout, simulatedNodesAddress } from '@steersman/cluster';
import { type ApiServer, openSharedStorage } from '@steersman/kube-apiserver';
import type { Effects } from '@steersman/machinery';
import type { ComponentCommand } from '@steersman/server';
import { openLmdbStorage, type Storage } from '@steersman/storage';
import { apiServerTls } from '../deploy/credentials.ts';
import { storeEndpoints } from '../deploy/store.ts';
import { runNetworkAgent } from '../node/network-agent.ts';
import { followSimulatedNodes } from './follow-nodes.ts';
import { watchLogs } from './logs.ts';
import { aborted, PART_FLAGS, type PartContext, partContext } from './part.ts';
import { type SharedOptions, startControlPlane } from './start.ts';

/** `steersman control-plane`: what `up` detaches. */
export const command: ComponentCommand = {
  name: 'control-plane',
  summary: 'Runs API server, controllers and scheduler of a cluster that `steersman up` has made.',
  flags: PART_FLAGS,
  async run(flags, effects, signal) {
    process.on('SIGHUP', () => {}); // From the start: an `up` that comes early must not end this process.
    await runControlPlane(await partContext(flags, effects), effects, signal);
  },
};

async function runControlPlane(context: PartContext, effects: Effects, signal: AbortSignal): Promise<void> {
  const { config, layout, part } = context;
  const alone = part.address === undefined;
  const failed = new AbortController();
  const ended = AbortSignal.any([signal, failed.signal]);
  const storage = await openStorage(context, effects);
  let failure: unknown;
  const onFatal = (error: unknown) => {
    effects.log.error('The control plane cannot go on', { error: String(error) });
    failure = error;
    failed.abort();
  };
  const controlPlane = await startControlPlane({
    storage,
    effects,
    signal: ended,
    onFatal,
    ...(alone ? {} : { shared: sharedOptions(context, effects) }),
    ...settingsFor(context),
  });
  await listen(controlPlane.server, context);
  if (alone && config.runtime === 'simulated')
    await followSimulatedNodes(layout, controlPlane.addSimulatedNodes, effects);
  if (alone) void followPodRoutes(config, layout, controlPlane.server, effects, ended);
  const cancel = alone ? watchLogs(config, layout, effects.clock) : () => {};
  await aborted(ended);
  cancel();
  await controlPlane.close();
  await storage.close();
  if (failure !== undefined) throw failure;
}

function openStorage({ config, layout, part, pki }: PartContext, { clock, log }: Effects): Promise<Storage> {
  if (part.address === undefined) return openLmdbStorage({ folder: layout.storage, clock, log });
  const { certificate, key } = pki.pair('apiserver-etcd-client');
  const tls = { ca: pki.pair('etcd/ca').certificate, cert: certificate, key };
  return openSharedStorage({ endpoints: storeEndpoints(config), tls, clock, log });
}

function sharedOptions({ config, layout, part }: PartContext, effects: Effects): SharedOptions {
  const { name } = part;
  if (config.runtime === 'simulated')
    return { name, simulatedKubelets: `https://${simulatedNodesAddress}:${config.apiPort}` };
  return { name, whileLeading: (server, leading) => followPodRoutes(config, layout, server, effects, leading) };
}

function settingsFor({ config, part, pki }: PartContext) {
  const authority = pki.pair('ca').certificate;
  const kubelet = pki.pair('apiserver-kubelet-client');
  const machine = hostname().toLowerCase();
  return {
    signingKey: pki.serviceAccount.key,
    server: {
      serviceClusterIpRanges: [config.serviceCidr],
      // Each server's identity is made of it.
      hostname: part.address === undefined ? machine : `${machine}-${part.index + 1}`,
      advertiseAddress: part.address ?? config.apiAddress,
      securePort: config.apiPort,
      clusterDomain: config.clusterDomain,
      clientCertificateAuthority: authority,
      kubeletClient: {
        certificate: kubelet.certificate,
        key: kubelet.key,
        certificateAuthority: authority,
        preferredAddressTypes: ['InternalIP', 'Hostname'],
      },
    },
    controllers: {
      rootCa: authority,
      allocateNodeCidrs: true,
      clusterCidrs: [config.podCidr],
      serviceCidrs: [config.serviceCidr],
    },
  };
}

/**
 * On loopback for people, and on the hosts' bridge for nodes and pods: nobody outside the machine gets to it. One of several
 * listens at its own address, and the load balancer at these.
 */
async function listen(server: ApiServer, { config, part, pki }: PartContext): Promise<void> {
  const tls = apiServerTls(pki);
  const hosts = part.address === undefined ? new Set(['127.0.0.1', config.apiAddress]) : [part.address];
  await Promise.all([...hosts].map((host) => server.listen({ host, port: config.apiPort, tls })));
}

/** Without a node on it, the machine still needs routes to pods: the API server's proxies go there. */
async function followPodRoutes(
  config: ClusterConfig,
  layout: Layout,
  server: ApiServer,
  effects: Effects,
  signal: AbortSignal,
): Promise<void> {
  if (config.runtime === 'simulated' || config.nodes.some((node) => node.placement === 'machine')) return;
  const client = server.clientFor({ name: 'system:kube-proxy', groups: [] });
  await runNetworkAgent({ client, effects, signal, config, layout }).catch((error: unknown) =>
    effects.log.error('Pod routes are not followed', { error: String(error) }),
  );
}

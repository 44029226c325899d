import { hostname } from 'node:os';
import {
  type ClusterConfig,
  ClusterError,
  ensurePki,
  type Layout,
  type Pki,
  readClusterConfig,
  recordOf,
  rotateBySize,
  writeRecord,
} from '@steersman/cluster';
import type { ApiServer } from '@steersman/kube-apiserver';
import type { Effects } from '@steersman/machinery';
import type { ComponentCommand } from '@steersman/server';
import { openLmdbStorage } from '@steersman/storage';
import { LOCATION_FLAGS, locationOf } from '../cli/location.ts';
import { pkiRequest } from '../deploy/credentials.ts';
import { runNetworkAgent } from '../node/network-agent.ts';
import { type ControlPlane, startControlPlane } from './start.ts';

const LOG_BYTES_MAX = 20 << 20; // With its predecessor at most 40 MB per process on small disks.
const LOG_CHECK_MS = 60_000;

/** `steersman control-plane`: what `up` detaches. */
export const command: ComponentCommand = {
  name: 'control-plane',
  summary: 'Runs API server, controllers and scheduler of a cluster that `steersman up` has made.',
  flags: LOCATION_FLAGS,
  async run(flags, effects, signal) {
    const { layout } = locationOf(flags);
    const config = readClusterConfig(layout);
    if (config === undefined)
      throw new ClusterError('invalid-option', `there is no cluster in ${layout.folder}; run: steersman up`);
    await runControlPlane(config, layout, effects, signal);
  },
};

async function runControlPlane(
  config: ClusterConfig,
  layout: Layout,
  effects: Effects,
  signal: AbortSignal,
): Promise<void> {
  process.on('SIGHUP', () => {}); // From the start: an `up` that comes early must not end this process.
  // Written by itself too: an `up` that is killed right after starting it must find it the next time.
  const own = recordOf(process.pid);
  if (own !== undefined) writeRecord(layout.controlPlane.pid, own);
  const stop = new AbortController();
  signal.addEventListener('abort', () => stop.abort(), { once: true });
  const [storage, pki] = await Promise.all([
    openLmdbStorage({ folder: layout.storage, clock: effects.clock, log: effects.log }),
    ensurePki(layout.pki, pkiRequest(config), effects),
  ]);
  let failure: unknown;
  const onFatal = (error: unknown) => {
    effects.log.error('The control plane cannot go on', { error: String(error) });
    failure = error;
    stop.abort();
  };
  const controlPlane = await startControlPlane({
    storage,
    effects,
    signal: stop.signal,
    onFatal,
    ...settingsFor(config, pki),
  });
  await listen(controlPlane.server, config, pki);
  if (config.runtime === 'simulated') await followSimulatedNodes(layout, controlPlane, effects);
  else followPodRoutes(config, layout, controlPlane.server, effects, stop.signal);
  const cancel = watchLogs(config, layout, effects);
  await new Promise<void>((resolve) =>
    stop.signal.aborted ? resolve() : stop.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  cancel();
  await controlPlane.close();
  await storage.close();
  if (failure !== undefined) throw failure;
}

function settingsFor(config: ClusterConfig, pki: Pki) {
  const authority = pki.pair('ca').certificate;
  const kubelet = pki.pair('apiserver-kubelet-client');
  return {
    signingKey: pki.serviceAccount.key,
    server: {
      serviceClusterIpRanges: [config.serviceCidr],
      hostname: hostname().toLowerCase(),
      advertiseAddress: config.apiAddress,
      securePort: config.apiPort,
      clusterDomain: config.clusterDomain,
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

/** On loopback for people, and on the hosts' bridge for nodes and pods: nobody outside the machine gets to it. */
async function listen(server: ApiServer, config: ClusterConfig, pki: Pki): Promise<void> {
  const pair = pki.pair('apiserver');
  const tls = { certificate: pair.certificate, key: pair.key, clientCertificateAuthority: pki.pair('ca').certificate };
  const hosts = [...new Set(['127.0.0.1', config.apiAddress])];
  await Promise.all(hosts.map((host) => server.listen({ host, port: config.apiPort, tls })));
}

/** As many simulated nodes as the configuration says; SIGHUP, sent by an `up` that adds some, makes it look again. */
async function followSimulatedNodes(layout: Layout, controlPlane: ControlPlane, effects: Effects): Promise<void> {
  let count = 0;
  const follow = async () => {
    const wanted = readClusterConfig(layout)?.nodes.length ?? count;
    const first = count + 1;
    const more = wanted - count;
    count = Math.max(count, wanted);
    if (more > 0) await controlPlane.addSimulatedNodes(more, first);
  };
  process.on('SIGHUP', () => {
    follow().catch((error: unknown) => effects.log.error('Nodes could not be added', { error: String(error) }));
  });
  await follow();
}

/** Without a node on it, the machine still needs routes to pods: the API server's proxies go there. */
function followPodRoutes(
  config: ClusterConfig,
  layout: Layout,
  server: ApiServer,
  effects: Effects,
  signal: AbortSignal,
): void {
  if (config.nodes.some((node) => node.placement === 'machine')) return;
  const client = server.clientFor({ name: 'system:kube-proxy', groups: [] });
  runNetworkAgent({ client, effects, signal, config, layout }).catch((error: unknown) =>
    effects.log.error('Pod routes are not followed', { error: String(error) }),
  );
}

function watchLogs(config: ClusterConfig, layout: Layout, effects: Effects): () => void {
  const nodes = config.nodes.map(({ name }) => layout.node(name));
  const files = [layout.controlPlane.log, ...nodes.flatMap((node) => [node.log, node.containerdLog])];
  let cancel = () => {};
  const check = () => {
    for (const file of files) rotateBySize(file, LOG_BYTES_MAX);
    cancel = effects.clock.schedule(LOG_CHECK_MS, check);
  };
  check();
  return () => cancel();
}

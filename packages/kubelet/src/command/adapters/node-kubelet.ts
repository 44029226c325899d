/** A kubelet of this machine: real runtime, disk, cgroups and network, and its HTTPS API. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import { realDisk } from '../../adapters/disk.ts';
import { firstAddress, realHost } from '../../adapters/real-host.ts';
import { createBackend } from '../../backend.ts';
import { type Kubelet, startKubelet } from '../../kubelet.ts';
import { connectCri } from '../../runtime/cri/adapters/connection.ts';
import { createCriRuntime } from '../../runtime/cri/cri.ts';
import { delegatedAccess, diskLogFiles, startKubeletServer } from '../../server/index.ts';
import { asKubeletConfiguration, type KubeletConfig, KubeletConfigError } from '../config.ts';

export interface NodeKubeletOptions {
  readonly client: Client;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  readonly config: KubeletConfig;
}
export interface NodeKubelet extends Kubelet {
  /** The port of the kubelet's API; undefined when it is off. */
  readonly port: number | undefined;
}

/** Resolves when the node is registered and its API is served. Await `stopped` after aborting the signal. */
export async function startNodeKubelet({ client, effects, signal, config }: NodeKubeletOptions): Promise<NodeKubelet> {
  const name = (config.hostnameOverride || hostname()).toLowerCase();
  const directories = { root: config.rootDirectory, podLogs: config.podLogsDirectory };
  const host = await realHost({ directories, cgroupRoot: config.cgroupRoot, resolvConf: config.resolvConf });
  const runtime = createCriRuntime(connectCri(config.runtimeEndpoint));
  const addresses = config.nodeIps.length > 0 ? config.nodeIps : [firstAddress() ?? '127.0.0.1'];
  const kubelet = await startKubelet({
    client,
    runtime,
    host,
    directories,
    effects,
    signal,
    manifestDirectory: config.manifestDirectory,
    imageHighPercent: config.imageHighPercent,
    imageLowPercent: config.imageLowPercent,
    node: {
      name,
      addresses,
      labels: config.nodeLabels,
      taints: config.taints,
      registerNode: config.registerNode,
      registerSchedulable: config.registerSchedulable,
      podsMax: config.podsMax,
      systemReserved: config.systemReserved,
      kubeReserved: config.kubeReserved,
      port: config.port,
      clusterDns: config.clusterDns,
      clusterDomain: config.clusterDomain,
      ...(config.providerId === '' ? {} : { providerId: config.providerId }),
    },
  });
  const backend = createBackend({
    kubelet,
    effects,
    directories,
    files: diskLogFiles,
    nodeUsage: host.usage,
    configuration: asKubeletConfiguration(config),
    ...((await realDisk.kindOf('/var/log')) === 'directory' ? { logDirectory: '/var/log' } : {}),
  });
  const server = await serve(config, backend, { client, effects, signal, name });
  const stopped = kubelet.stopped.then(async () => {
    await server?.close();
    runtime.close();
  });
  return { ...kubelet, stopped, port: server?.port };
}

async function serve(
  config: KubeletConfig,
  backend: ReturnType<typeof createBackend>,
  { client, effects, name }: Pick<NodeKubeletOptions, 'client' | 'effects' | 'signal'> & { readonly name: string },
) {
  if (config.port === 0 || config.tlsCertFile === '') {
    effects.log.warn('The kubelet API is off: logs, exec and port-forward will not work', {
      reason: config.port === 0 ? 'port is 0' : 'no tls-cert-file',
    });
    return undefined;
  }
  const tls = {
    certificate: await text(config.tlsCertFile, 'tls-cert-file'),
    key: await text(config.tlsKeyFile, 'tls-private-key-file'),
    ...(config.clientCaFile === '' ? {} : { clientCa: await text(config.clientCaFile, 'client-ca-file') }),
  };
  const access = delegatedAccess({ client, nodeName: name, clock: effects.clock });
  return startKubeletServer({ backend, access, effects, tls, host: config.address, port: config.port });
}

async function text(path: string, flag: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw new KubeletConfigError(`--${flag}: cannot read ${path}; give a file that exists and is readable`);
  });
}

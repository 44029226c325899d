/** Certificates and kubeconfigs of a cluster. */
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import {
  apiServerAddresses,
  type ClusterConfig,
  ensurePki,
  isSplit,
  kubernetesServiceAddress,
  type Layout,
  makeKubeconfig,
  type Pki,
  type PkiRequest,
  simulatedNodesAddress,
  storeAddresses,
  storePeerAddresses,
  writeKubeconfig,
} from '@steersman/cluster';
import type { Effects } from '@steersman/machinery';
import type { TlsOptions } from '@steersman/server';

/** Makes what is missing and writes the kubeconfigs of everyone who talks to the API server over the network. */
export async function ensureCredentials(config: ClusterConfig, layout: Layout, effects: Effects): Promise<Pki> {
  const pki = await ensurePki(layout.pki, pkiRequest(config), effects);
  writeKubeconfig(layout.kubeconfig, adminKubeconfig(config, pki));
  if (config.runtime === 'containerd') writeNodeKubeconfigs(config, layout, pki);
  else if (isSplit(config)) writeKubeconfig(simulatedNodesKubeconfig(layout), simulatedNodesAccess(config, pki));
  return pki;
}

/** Every name and address that certificates have to carry. */
export function pkiRequest(config: ClusterConfig): PkiRequest {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const addresses = own.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
  return {
    apiServerHosts: [config.apiAddress, hostname().toLowerCase(), ...addresses, ...splitHosts(config)],
    serviceAddress: kubernetesServiceAddress(config.serviceCidr),
    clusterDomain: config.clusterDomain,
    ...(isSplit(config) ? { storeHosts: [...storeAddresses(config), ...storePeerAddresses(config)] } : {}),
    simulatedNodes: isSplit(config) && config.runtime === 'simulated',
    nodes:
      config.runtime === 'simulated'
        ? []
        : config.nodes.map(({ name, address }) => ({ name, addresses: [address, '127.0.0.1'] })),
  };
}

/** What an API server serves with; its clients have certificates of the same authority. */
export function apiServerTls(pki: Pki): TlsOptions {
  const { certificate, key } = pki.pair('apiserver');
  return { certificate, key, clientCertificateAuthority: pki.pair('ca').certificate };
}

/** Simulated nodes answer API servers with the API server's certificate. */
function splitHosts(config: ClusterConfig): readonly string[] {
  const simulated = isSplit(config) && config.runtime === 'simulated';
  return [...apiServerAddresses(config), ...(simulated ? [simulatedNodesAddress] : [])];
}

/** The kubeconfig of simulated nodes in a process of their own. */
export const simulatedNodesKubeconfig = (layout: Layout) => join(layout.folder, 'simulated-nodes.conf');

function simulatedNodesAccess(config: ClusterConfig, pki: Pki) {
  return makeKubeconfig({
    name: config.name,
    user: 'system:node:simulated',
    server: localServer(config),
    authority: pki.pair('ca').certificate,
    ...pki.pair('simulated-nodes'),
  });
}

/** The server as people on this machine reach it. */
export const localServer = (config: ClusterConfig) => `https://127.0.0.1:${config.apiPort}`;

export function adminKubeconfig(config: ClusterConfig, pki: Pki) {
  return makeKubeconfig({
    name: config.name,
    user: `${config.name}-admin`,
    server: localServer(config),
    authority: pki.pair('ca').certificate,
    ...pki.pair('admin'),
  });
}

/** Kubeconfigs of a node's processes; they reach the API server over the bridge. */
export const nodeKubeconfig = (layout: Layout, node: string, who: 'kubelet' | 'kube-proxy') =>
  join(layout.node(node).folder, `${who}.conf`);

function writeNodeKubeconfigs(config: ClusterConfig, layout: Layout, pki: Pki): void {
  const common = {
    name: config.name,
    server: `https://${config.apiAddress}:${config.apiPort}`,
    authority: pki.pair('ca').certificate,
  };
  for (const { name } of config.nodes) {
    const kubelet = { ...common, user: `system:node:${name}`, ...pki.pair(`nodes/${name}/kubelet-client`) };
    const proxy = { ...common, user: 'system:kube-proxy', ...pki.pair('kube-proxy') };
    writeKubeconfig(nodeKubeconfig(layout, name, 'kubelet'), makeKubeconfig(kubelet));
    writeKubeconfig(nodeKubeconfig(layout, name, 'kube-proxy'), makeKubeconfig(proxy));
  }
}

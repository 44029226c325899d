/** The members of a store that is a process, or several, of its own. */
import { get } from 'node:https';
import { join } from 'node:path';
import {
  type ClusterConfig,
  ClusterError,
  type Layout,
  type Part,
  type Pki,
  runningProcess,
  storeAddresses,
  storePeerAddresses,
} from '@steersman/cluster';
import type { Deployment } from './context.ts';
import { lastLine } from './last-line.ts';
import { selfCommand } from './self.ts';

const READY_MS = 60_000;
const POLL_MS = 50;
const ANSWER_MS_MAX = 2_000;
/** etcd's default, 2 GiB, is soon full; 8 is the most it recommends. */
const ETCD_QUOTA_BYTES = 8 * 2 ** 30;

/** Where API servers find the store. */
export const storeEndpoints = (config: ClusterConfig): readonly string[] =>
  storeAddresses(config).map((address) => urlOf(address, config));

const urlOf = (address: string, { apiPort }: ClusterConfig) => `https://${address}:${apiPort}`;

/** The command line of a member: `steersman etcd` or etcd. */
export function storeCommand(part: Part, config: ClusterConfig, layout: Layout): readonly string[] {
  const file = (name: string) => join(layout.pki, 'etcd', name);
  const url = urlOf(part.address ?? '', config);
  const serving = [
    `--name=${part.name}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--cert-file=${file('server.crt')}`,
    `--key-file=${file('server.key')}`,
    `--trusted-ca-file=${file('ca.crt')}`,
    '--client-cert-auth=true',
  ];
  if (config.store?.kind !== 'etcd') return selfCommand([], ['etcd', `--data-dir=${layout.storage}`, ...serving]);
  return ['etcd', `--data-dir=${join(layout.folder, 'etcd', part.name)}`, ...serving, ...peerFlags(part, config, file)];
}

function peerFlags(part: Part, config: ClusterConfig, file: (name: string) => string): readonly string[] {
  const peers = storePeerAddresses(config).map((address) => urlOf(address, config));
  const own = peers[part.index] ?? '';
  return [
    `--listen-peer-urls=${own}`,
    `--initial-advertise-peer-urls=${own}`,
    `--initial-cluster=${peers.map((peer, index) => `store-${index + 1}=${peer}`).join(',')}`,
    `--initial-cluster-token=${config.name}`,
    '--initial-cluster-state=new',
    `--peer-cert-file=${file('peer.crt')}`,
    `--peer-key-file=${file('peer.key')}`,
    `--peer-trusted-ca-file=${file('ca.crt')}`,
    '--peer-client-cert-auth=true',
    `--quota-backend-bytes=${ETCD_QUOTA_BYTES}`,
    '--logger=zap',
    '--log-level=warn',
  ];
}

/** Resolves when every member is healthy. Throws ClusterError with the log's last words when one ends or takes too long. */
export async function untilStoreServes(
  { config, effects, signal }: Deployment,
  members: readonly Part[],
  pki: Pki,
): Promise<void> {
  const { clock } = effects;
  for (const { name, pid, log, address = '' } of members) {
    for (const end = clock.monotonic() + READY_MS; !(await isHealthy(urlOf(address, config), pki)); ) {
      if (runningProcess(pid) === undefined)
        throw new ClusterError('program-failed', `${name} ended: ${lastLine(log)}; its log: ${log}`);
      if (clock.monotonic() > end)
        throw new ClusterError('timed-out', `${name} does not serve after ${READY_MS / 1000} s; its log: ${log}`);
      await clock.sleep(POLL_MS, signal);
    }
  }
}

function isHealthy(url: string, pki: Pki): Promise<boolean> {
  const { certificate, key } = pki.pair('apiserver-etcd-client');
  const credentials = { ca: pki.pair('etcd/ca').certificate, cert: certificate, key };
  return new Promise((resolve) => {
    const options = { ...credentials, agent: false, signal: AbortSignal.timeout(ANSWER_MS_MAX) };
    const request = get(`${url}/health`, options, (response) => {
      response.on('error', () => {}); // 'close' follows, after 'end' or without it.
      response.on('close', () => resolve(false));
      response.on('end', () => resolve(response.statusCode === 200));
      response.resume();
    });
    request.on('error', () => resolve(false));
  });
}

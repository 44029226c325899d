/** Everything that is checked before anything is changed. */

import { hostname } from 'node:os';
import { createInterface } from 'node:readline/promises';
import {
  type ClusterConfig,
  ClusterError,
  type ClusterRequest,
  checkPortFree,
  checkRanges,
  checkWritable,
  deviceName,
  ETCD_NEEDS,
  hasProgram,
  installPackages,
  isSplit,
  type Layout,
  missingPackages,
  missingPackagesMessage,
  type Need,
  NODE_NEEDS,
  occupiedNetworks,
  type Part,
  partsOf,
  planCluster,
  readClusterConfig,
  reviseCluster,
  runningProcess,
} from '@steersman/cluster';
import type { Progress } from '../cli/progress.ts';

export interface PreflightOptions {
  readonly layout: Layout;
  readonly request: ClusterRequest;
  readonly install: boolean;
  readonly progress: Progress;
}

/** Whether this machine can run real containers for this user. */
export function canRunContainers(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

/** The cluster to bring up, every requirement met. Throws ClusterError. */
export async function preflight({ layout, request, install, progress }: PreflightOptions): Promise<ClusterConfig> {
  checkWritable(layout.folder, '--data-dir');
  const existing = readClusterConfig(layout);
  const containers = canRunContainers();
  const runtime = existing?.runtime ?? request.runtime ?? (containers ? 'containerd' : 'simulated');
  if (runtime === 'containerd') {
    if (!containers) refuseContainers();
    await checkPrograms(NODE_NEEDS, '--runtime simulated', install, progress);
  }
  const occupied = runtime === 'containerd' ? await occupiedNetworks(ownDevices(layout)) : [];
  const facts = { hostname: hostname(), containers, taken: occupied.map((network) => network.cidr) };
  const config = existing === undefined ? planCluster(request, facts) : reviseCluster(existing, request);
  if (isSplit(config)) await checkSplit(config, install, progress);
  const runs = (parts: readonly Part[]) => parts.some(({ pid }) => runningProcess(pid) !== undefined);
  if (existing !== undefined && (existing.apiServers ?? 1) !== (config.apiServers ?? 1))
    checkStopped(runs(partsOf(existing, layout)));
  if (!runs(partsOf(config, layout))) {
    checkPortFree(config.apiPort, '--api-port');
    if (runtime === 'containerd') checkRanges(rangesOf(config), occupied);
  }
  checkMachineNode(config, layout);
  return config;
}

/** A node on the machine itself needs upstream's ports there, so there can be one only; hosts have ports of their own. */
const NODE_PORTS = [10250, 10256, 10249];

function checkMachineNode(config: ClusterConfig, layout: Layout): void {
  const node = config.nodes.find(({ placement }) => placement === 'machine');
  if (node === undefined || runningProcess(layout.node(node.name).pid) !== undefined) return;
  for (const port of NODE_PORTS) checkPortFree(port, '--hosts (nodes with a network of their own)');
}

function rangesOf(config: ClusterConfig) {
  return [
    { option: '--pod-cidr', cidr: config.podCidr },
    { option: '--service-cidr', cidr: config.serviceCidr },
  ];
}

/** Devices whose routes are our own: they are no obstacle to our own ranges. */
function ownDevices(layout: Layout): readonly string[] {
  return [deviceName(layout.folder, ''), 'steersman-svc'];
}

/** What several processes need: loopback addresses besides 127.0.0.1, which Linux has by itself, and programs. */
async function checkSplit(config: ClusterConfig, install: boolean, progress: Progress): Promise<void> {
  if (process.platform !== 'linux') throw new ClusterError('unsupported', '--api-servers and --store etcd need Linux');
  if (config.store?.kind === 'etcd') await checkPrograms(ETCD_NEEDS, '--store embedded', install, progress);
}

/** The store is opened by one process, or served to several: that cannot change under those who use it. */
function checkStopped(running: boolean): void {
  if (running)
    throw new ClusterError(
      'invalid-option',
      'the number of API servers changes while all are down; first run: steersman down',
    );
}

function refuseContainers(): never {
  const reason = process.platform === 'linux' ? 'root (try sudo)' : 'Linux';
  throw new ClusterError('unsupported', `real containers need ${reason}; or use --runtime simulated`);
}

async function checkPrograms(
  needs: readonly Need[],
  instead: string,
  install: boolean,
  progress: Progress,
): Promise<void> {
  const missing = missingPackages(needs, hasProgram);
  if (missing.length === 0) return;
  if (!install && !(await consent(missing, progress))) {
    throw new ClusterError('missing-packages', missingPackagesMessage(missing, instead));
  }
  await progress.step(`Installing ${missing.join(' ')}`, () => installPackages(missing));
  const still = missingPackages(needs, hasProgram);
  if (still.length > 0) throw new ClusterError('missing-packages', missingPackagesMessage(still, instead));
}

/** Asks, where there is somebody to ask. */
async function consent(missing: readonly string[], progress: Progress): Promise<boolean> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return false;
  progress.note(`Missing packages: ${missing.join(' ')}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Install them with apt-get? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

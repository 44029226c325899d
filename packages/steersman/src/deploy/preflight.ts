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
  hasProgram,
  installPackages,
  type Layout,
  missingPackages,
  missingPackagesMessage,
  NODE_NEEDS,
  occupiedNetworks,
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
  if (runtime === 'containerd') await checkContainers(containers, install, progress);
  const occupied = runtime === 'containerd' ? await occupiedNetworks(ownDevices(layout)) : [];
  const facts = { hostname: hostname(), containers, taken: occupied.map((network) => network.cidr) };
  const config = existing === undefined ? planCluster(request, facts) : reviseCluster(existing, request);
  if (runningProcess(layout.controlPlane.pid) === undefined) {
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

async function checkContainers(possible: boolean, install: boolean, progress: Progress): Promise<void> {
  if (!possible) {
    const reason = process.platform === 'linux' ? 'root (try sudo)' : 'Linux';
    throw new ClusterError('unsupported', `real containers need ${reason}; or use --runtime simulated`);
  }
  const missing = missingPackages(NODE_NEEDS, hasProgram);
  if (missing.length === 0) return;
  if (!install && !(await consent(missing, progress))) {
    throw new ClusterError('missing-packages', missingPackagesMessage(missing));
  }
  await progress.step(`Installing ${missing.join(' ')}`, () => installPackages(missing));
  const still = missingPackages(NODE_NEEDS, hasProgram);
  if (still.length > 0) throw new ClusterError('missing-packages', missingPackagesMessage(still));
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

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ClusterConfig,
  ClusterError,
  clusterCgroup,
  deviceName,
  type Layout,
  lockCluster,
  type PartRole,
  partsOf,
  planCluster,
  purgeFolder,
  readClusterConfig,
  removeCgroups,
  removeFromFile,
  restoreChanges,
  stopByPidFile,
  stopHost,
  tryRun,
  usualKubeconfig,
} from '@steersman/cluster';
import type { Clock } from '@steersman/machinery';
import type { ComponentCommand } from '@steersman/server';
import { LOCATION_FLAGS, locationOf } from '../cli/location.ts';
import { createProgress, type Progress } from '../cli/progress.ts';
import { localServer } from '../deploy/credentials.ts';
import { removeBridge } from '../deploy/network.ts';
import { forbidForwarding } from '../node/network-agent.ts';

const CONTROL_PLANE_GRACE_MS = 10_000;
const NODE_GRACE_MS = 3_000;

/** `steersman down`: everything stops, what was changed on the machine is put back; the data stays unless purged. */
export const command: ComponentCommand = {
  name: 'down',
  summary: 'Stops a cluster and puts the machine back as it was. The data stays, so that `steersman up` resumes it.',
  flags: [
    ...LOCATION_FLAGS,
    {
      name: 'kubeconfig',
      type: 'string',
      help: 'File to remove the cluster from when purging; by default the one that kubectl uses.',
    },
    { name: 'purge', type: 'bool', help: "Also remove the cluster's data for ever." },
  ],
  async run(flags, effects) {
    const { layout, name } = locationOf(flags);
    if (!existsSync(layout.folder)) {
      process.stdout.write(`There is no cluster in ${layout.folder}.\n`);
      return;
    }
    const progress = createProgress();
    using _lock = await lockCluster(layout.folder);
    const config = readForDown(layout, name, flags.bool('purge'));
    if (config !== undefined) await stopEverything(config, layout, effects.clock, progress);
    if (flags.bool('purge')) {
      if (config !== undefined)
        removeFromFile(flags.string('kubeconfig') || usualKubeconfig(process.env), name, localServer(config));
      await progress.step('Data removed', () => purgeFolder(layout.folder));
    }
    progress.end();
    const again = flags.bool('purge') ? '' : ' Its data is kept; `steersman up` resumes it.';
    process.stdout.write(`Cluster "${name}" is down.${again}\n`);
  },
};

/** A damaged configuration must not stand in the way of a purge: what runs is then found by its folders. */
function readForDown(layout: Layout, name: string, purge: boolean): ClusterConfig | undefined {
  try {
    return readClusterConfig(layout);
  } catch (error) {
    if (!purge || !(error instanceof ClusterError)) throw error;
    const folder = join(layout.folder, 'nodes');
    const nodes = existsSync(folder) ? readdirSync(folder) : [];
    const request = { name, runtime: nodes.length > 0 ? 'containerd' : 'simulated' } as const;
    const plan = planCluster(request, { hostname: '', containers: true, taken: [] });
    const count = (role: PartRole) =>
      readdirSync(layout.folder).filter((file) => file.startsWith(`${role}-`) && file.endsWith('.pid')).length;
    const members = count('store');
    const split =
      members === 0 ? {} : { apiServers: count('control-plane'), store: { kind: 'etcd', members } as const };
    return { ...plan, ...split, nodes: nodes.map((node) => ({ name: node, placement: 'host', address: '' })) };
  }
}

async function stopEverything(config: ClusterConfig, layout: Layout, clock: Clock, progress: Progress): Promise<void> {
  // Asked first: the rules on the machine are ours only if our node ever ran on it; another cluster may own them.
  const machineNode = config.nodes.find((node) => node.placement === 'machine');
  const ranHere = machineNode !== undefined && existsSync(layout.node(machineNode.name).pid);
  await progress.step('Nodes stopped', () =>
    Promise.all(
      config.nodes.filter((node) => node.placement !== 'simulated').map((node) => stopNode(layout, node.name, clock)),
    ),
  );
  await progress.step('Control plane stopped', () => stopParts(config, layout, clock));
  if (config.runtime === 'simulated') return;
  await progress.step('Machine restored', () => restoreMachine(config, layout, ranHere));
}

/** Whoever uses a part ends before it does. */
const ENDS: readonly PartRole[] = ['simulated-nodes', 'control-plane', 'load-balancer', 'store'];

async function stopParts(config: ClusterConfig, layout: Layout, clock: Clock): Promise<void> {
  const parts = Map.groupBy(partsOf(config, layout), ({ role }) => role);
  for (const role of ENDS) {
    const stopping = (parts.get(role) ?? []).map(({ pid }) => stopByPidFile(pid, CONTROL_PLANE_GRACE_MS, clock));
    await Promise.all(stopping);
  }
}

async function stopNode(layout: Layout, name: string, clock: Clock): Promise<void> {
  const node = layout.node(name);
  await stopByPidFile(node.pid, NODE_GRACE_MS, clock);
  await stopHost(node.folder, clock);
  await stopByPidFile(node.containerdPid, NODE_GRACE_MS, clock);
}

async function restoreMachine(config: ClusterConfig, layout: Layout, ranHere: boolean): Promise<void> {
  if (ranHere) {
    const { cleanUpKubeProxy } = await import('@steersman/kube-proxy');
    await cleanUpKubeProxy();
    await forbidForwarding(config.podCidr, deviceName(layout.folder, ''));
    await tryRun(['nft', 'delete', 'table', 'ip', deviceName(layout.folder, '')]);
  }
  await removeBridge(config, layout);
  restoreChanges(layout);
  removeCgroups(clusterCgroup(config.name));
}

/** Brings up one node: its namespaces, its containerd, its images, its kubelet and proxy. */
import {
  ensureContainerd,
  ensureHost,
  type Host,
  type ImageSpec,
  imageArchive,
  imageNames,
  importImages,
  insideHost,
  type NodeConfig,
  runningProcess,
  startDetached,
} from '@steersman/cluster';
import type { Deployment } from './context.ts';
import { ensureCable } from './network.ts';
import { selfCommand } from './self.ts';

type ContainerdVersion = Parameters<typeof ensureContainerd>[1];

/** Images a node needs, made when a node turns out to lack them. */
export interface Images {
  /** Small: needed before any pod can start. */
  readonly first: Promise<readonly ImageSpec[]>;
  /** Large: needed by add-ons. */
  readonly later: () => Promise<readonly ImageSpec[]>;
}

/** The node's host with containerd answering in it. */
export async function ensureNodeHost(
  deployment: Deployment,
  node: NodeConfig,
  version: ContainerdVersion,
): Promise<Host> {
  const { config, layout, effects } = deployment;
  const ownNetwork = node.placement === 'host';
  const plan = { name: node.name, folder: layout.node(node.name).folder, init: layout.init, ownNetwork };
  const host = await ensureHost(plan, effects.clock);
  const cable = ownNetwork ? ensureCable(config, layout, node, host) : undefined;
  await Promise.all([cable, ensureContainerd(host, version, effects.clock)]);
  return host;
}

/** Imports what the node lacks; `names` decides, so that a second `up` reads nothing large. */
export async function ensureImages(
  host: Host,
  wanted: readonly string[],
  make: () => Promise<readonly ImageSpec[]>,
): Promise<void> {
  const present = await imageNames(host);
  if (wanted.every((name) => present.includes(name))) return;
  await importImages(host, imageArchive(await make()));
}

/** Starts the node's kubelet and proxy process unless it runs. */
export function ensureNodeProcess({ layout, config }: Deployment, node: NodeConfig, host: Host): void {
  const { pid, log } = layout.node(node.name);
  if (runningProcess(pid) !== undefined) return;
  const args = ['node', '--name', config.name, '--data-dir', layout.folder, '--node', node.name];
  startDetached({ command: insideHost(host, selfCommand([], args)), pidFile: pid, logFile: log });
}

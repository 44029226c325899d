/** Brings up one node: its namespaces, its containerd, its images, its kubelet and proxy. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ensureContainerd,
  ensureHost,
  type Host,
  type ImageSpec,
  imageArchive,
  imageNames,
  importImages,
  type NodeConfig,
  podResolvers,
  runningProcess,
  startInside,
  UPSTREAM_RESOLVERS,
  untilReleased,
} from '@steersman/cluster';
import type { Deployment } from './context.ts';
import { ensureCable } from './network.ts';
import { selfCommand } from './self.ts';

type ContainerdVersion = Parameters<typeof ensureContainerd>[1];

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

/**
 * Imports what the node lacks; `names` decides, so that a second `up` reads nothing large. With a fingerprint, images of the
 * same names that were made from something else are replaced.
 */
export async function ensureImages(host: Host, wanted: Wanted): Promise<void> {
  const note = join(host.plan.folder, 'image-fingerprint');
  const present = await imageNames(host);
  const current = wanted.fingerprint === undefined || readText(note) === wanted.fingerprint;
  if (current && wanted.names.every((name) => present.includes(name))) return;
  await importImages(host, imageArchive(await wanted.make()));
  if (wanted.fingerprint !== undefined) writeFileSync(note, wanted.fingerprint);
}

export interface Wanted {
  readonly names: readonly string[];
  readonly make: () => Promise<readonly ImageSpec[]>;
  readonly fingerprint?: string;
}

const RELEASE_MS = 10_000;

/** Starts the node's kubelet and proxy process unless it runs; returns whether it had to. */
export async function ensureNodeProcess(
  { layout, config, effects }: Deployment,
  node: NodeConfig,
  host: Host,
): Promise<boolean> {
  const { pid, log, resolvers } = layout.node(node.name);
  if (runningProcess(pid) !== undefined) return false;
  writeFileSync(resolvers, podResolvers(readText('/etc/resolv.conf') ?? '', readText(UPSTREAM_RESOLVERS)));
  await untilReleased(pid, RELEASE_MS, effects.clock);
  const args = ['node', '--name', config.name, '--data-dir', layout.folder, '--node', node.name];
  await startInside(host, { command: selfCommand([], args), pidFile: pid, logFile: log }, effects.clock);
  return true;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

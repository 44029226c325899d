import { existsSync } from 'node:fs';
import { type Node, Resources } from '@steersman/api';
import {
  type ClusterConfig,
  ClusterError,
  type Layout,
  type Part,
  partsOf,
  readClusterConfig,
  runningHost,
  runningProcess,
} from '@steersman/cluster';
import type { Effects } from '@steersman/machinery';
import { type ComponentCommand, VERSION } from '@steersman/server';
import { LOCATION_FLAGS, locationOf } from '../cli/location.ts';
import { adminClient } from '../deploy/control-plane.ts';
import { localServer } from '../deploy/credentials.ts';
import { isNodeReady } from '../deploy/readiness.ts';

/** What `status -o json` prints. Absent pids: not running. */
interface ClusterStatus {
  readonly name: string;
  readonly version: string;
  readonly state: 'running' | 'degraded' | 'stopped';
  readonly dataDir: string;
  readonly runtime: string;
  readonly endpoints: { readonly apiServer: string; readonly insideCluster: string };
  readonly pids: { readonly controlPlane?: number };
  /** The processes of the control plane. */
  readonly parts: readonly PartState[];
  readonly nodes: readonly NodeState[];
}
interface PartState {
  readonly name: string;
  /** Where it listens, if that is not where the API server is reached. */
  readonly address?: string;
  readonly pid?: number;
}
interface NodeState {
  readonly name: string;
  readonly placement: string;
  readonly address: string;
  readonly ready: boolean;
  readonly pids: { readonly host?: number; readonly containerd?: number; readonly node?: number };
}

/** `steersman status`: exit code 0 when everything runs, 1 otherwise. */
export const command: ComponentCommand = {
  name: 'status',
  summary: 'Shows what of a cluster runs, where, and which nodes are Ready.',
  flags: [...LOCATION_FLAGS, { name: 'output', shorthand: 'o', type: 'string', help: 'json, or nothing for text.' }],
  async run(flags, effects) {
    const { layout } = locationOf(flags);
    const config = readClusterConfig(layout);
    if (config === undefined)
      throw new ClusterError('invalid-option', `there is no cluster in ${layout.folder}; run: steersman up`);
    const status = await statusOf(config, layout, effects);
    process.stdout.write(
      flags.string('output') === 'json' ? `${JSON.stringify(status, undefined, 2)}\n` : textOf(status),
    );
    if (status.state !== 'running') process.exitCode = 1;
  },
};

async function statusOf(config: ClusterConfig, layout: Layout, effects: Effects): Promise<ClusterStatus> {
  const parts = partsOf(config, layout).map((part) => partState(part, config));
  const running = parts.filter(({ pid }) => pid !== undefined);
  const controlPlane = parts.find(({ name }) => name === 'control-plane')?.pid;
  const ready = running.length === 0 ? new Set<string>() : await readyNodes(layout, effects);
  const nodes = config.nodes.map((node) => nodeState(node, layout, ready.has(node.name)));
  const allReady = running.length === parts.length && nodes.every((node) => node.ready);
  const nothing = running.length === 0 && nodes.every((node) => Object.keys(node.pids).length === 0);
  return {
    name: config.name,
    version: VERSION.gitVersion,
    state: allReady ? 'running' : nothing ? 'stopped' : 'degraded',
    dataDir: layout.folder,
    runtime: config.runtime,
    endpoints: { apiServer: localServer(config), insideCluster: `https://${config.apiAddress}:${config.apiPort}` },
    pids: controlPlane === undefined ? {} : { controlPlane },
    parts,
    nodes,
  };
}

function partState({ name, address, pid }: Part, { apiPort }: ClusterConfig): PartState {
  const running = runningProcess(pid)?.pid;
  return {
    name,
    ...(address === undefined ? {} : { address: `https://${address}:${apiPort}` }),
    ...(running === undefined ? {} : { pid: running }),
  };
}

function nodeState(node: ClusterConfig['nodes'][number], layout: Layout, ready: boolean): NodeState {
  const files = layout.node(node.name);
  const pids = {
    host: existsSync(files.folder) ? runningHost(files.folder)?.pid : undefined,
    containerd: runningProcess(files.containerdPid)?.pid,
    node: runningProcess(files.pid)?.pid,
  };
  const running = Object.fromEntries(Object.entries(pids).filter(([, pid]) => pid !== undefined)) as NodeState['pids'];
  return { name: node.name, placement: node.placement, address: node.address, ready, pids: running };
}

async function readyNodes(layout: Layout, effects: Effects): Promise<ReadonlySet<string>> {
  const client = adminClient({ layout, effects });
  try {
    const { items } = await client.resource(Resources.nodes).list({ signal: AbortSignal.timeout(3_000) });
    return new Set((items as readonly Node[]).filter(isNodeReady).map((node) => node.metadata.name ?? ''));
  } catch {
    return new Set(); // It runs but does not answer: every node counts as not ready.
  } finally {
    await client.transport.close();
  }
}

function textOf(status: ClusterStatus): string {
  const parts = status.parts.map(({ name, address, pid }) => {
    const state = pid === undefined ? 'not running' : `pid ${pid}`;
    return `  ${name.padEnd(24)}${(address ?? '').padEnd(28)}${state}`;
  });
  const nodes = status.nodes.map((node) => {
    const pids = Object.entries(node.pids)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
    return `  ${node.name.padEnd(24)}${(node.ready ? 'Ready' : 'NotReady').padEnd(10)}${node.placement.padEnd(11)}${node.address.padEnd(16)}${pids}`;
  });
  return [
    `Cluster "${status.name}" (${status.version}) is ${status.state}.`,
    `API server: ${status.endpoints.apiServer}`,
    `Data: ${status.dataDir}`,
    'Control plane:',
    ...parts,
    'Nodes:',
    ...nodes,
    '',
  ].join('\n');
}

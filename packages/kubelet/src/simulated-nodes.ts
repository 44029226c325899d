/** Many simulated nodes in one process: the same kubelet, over the simulated runtime, on watches they share. */
import type { Taint } from '@steersman/api';
import { type Client, createInformers, type EventRecorder } from '@steersman/client';
import type { Clock, Effects } from '@steersman/machinery';
import { noCgroups } from './cgroups/paths.ts';
import { noDisk } from './host/disk.ts';
import { type Kubelet, type KubeletHost, startKubelet } from './kubelet.ts';
import type { Machine } from './node/machine.ts';
import { createReferencedObjects, type ReferencedObjects } from './objects/references.ts';
import { agreeableNetwork } from './probes/network.ts';
import { createSimulatedRuntime } from './runtime/simulated/simulated.ts';
import { type SharedSources, sharedSources } from './sources/api-source.ts';

export interface SimulatedNodesOptions {
  readonly client: Client;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  readonly count: number;
  /** Nodes are called `<prefix>-<index>`, from 0; `node` when absent. */
  readonly namePrefix?: string;
  readonly firstIndex?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** What every node says it has: 32 cpus, 256 GiB and 110 pods when absent. */
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly podsMax?: number;
  /** The pod range of node i, where no controller gives nodes theirs. Absent: wait for Node.spec.podCIDR. */
  readonly podCidr?: (index: number) => string;
  /** The node's own address; 127.128.x.y when absent, so that nothing made up is ever dialled off the machine. */
  readonly address?: (index: number) => string;
  /** Events cost more writes than all else; false leaves them out. */
  readonly events?: boolean;
}
export interface SimulatedNodes {
  readonly kubelets: readonly Kubelet[];
  readonly stopped: Promise<void>;
}
/** Registrations under way at once. */
const STARTS_AT_ONCE_MAX = 20;
const GIB = 1024 ** 3;
const silent: EventRecorder = { event: () => {} };

/** Resolves when every node is registered. */
export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<SimulatedNodes> {
  const { client, effects, signal } = options;
  const informers = createInformers({ client, effects });
  const sources = sharedSources(informers);
  const kubelets: Kubelet[] = [];
  const objects = createReferencedObjects(client, effects, (uid) => {
    for (const kubelet of kubelets) if (kubelet.manager.get(uid) !== undefined) kubelet.manager.refresh(uid);
  });
  informers.start(signal);
  await informers.untilSynced(signal);
  const indexes = Array.from({ length: options.count }, (_, index) => index + (options.firstIndex ?? 0));
  const start = async (index: number): Promise<void> =>
    void kubelets.push(await startSimulatedNode(options, index, sources, objects));
  for (let from = 0; from < indexes.length; from += STARTS_AT_ONCE_MAX)
    await Promise.all(indexes.slice(from, from + STARTS_AT_ONCE_MAX).map(start));
  return { kubelets, stopped: Promise.all(kubelets.map(({ stopped }) => stopped)).then(() => {}) };
}

async function startSimulatedNode(
  options: SimulatedNodesOptions,
  index: number,
  sources: SharedSources,
  objects: ReferencedObjects,
): Promise<Kubelet> {
  const { client, effects, signal } = options;
  const name = `${options.namePrefix ?? 'node'}-${index}`;
  const address = options.address?.(index) ?? `127.128.${Math.floor(index / 250)}.${(index % 250) + 1}`;
  const podCidr = options.podCidr?.(index);
  const runtime = createSimulatedRuntime({
    clock: effects.clock,
    random: effects.random,
    nodeAddress: address,
    ...(podCidr === undefined ? {} : { podCidr }),
  });
  const directories = { root: `/simulated/${name}/kubelet`, podLogs: `/simulated/${name}/logs` };
  const host = simulatedHost(machineOf(name, options), effects.clock);
  return startKubelet({
    client,
    runtime,
    effects,
    signal,
    objects,
    ...(options.events === false ? { recorder: silent } : {}),
    sources: sources.forNode(name),
    issueTokens: false,
    host,
    directories,
    node: {
      name,
      addresses: [address],
      labels: { 'steersman.dev/simulated': 'true', ...options.labels },
      clusterDns: ['10.96.0.10'],
      ...(options.taints === undefined ? {} : { taints: options.taints }),
      ...(options.podsMax === undefined ? {} : { podsMax: options.podsMax }),
    },
  });
}

/** A machine that is nothing but numbers. */
export function simulatedHost(machine: Machine, clock: Clock): KubeletHost {
  return {
    machine,
    disk: noDisk,
    cgroups: noCgroups(''),
    network: agreeableNetwork,
    answersAtOnce: true,
    nodeDns: { servers: [], searches: [], options: [] },
    usage: async () => ({
      at: clock.now(),
      cpu: { at: clock.now(), totalNanoseconds: 0, nanoCores: 0 },
      memory: { at: clock.now(), workingSetBytes: 0, usageBytes: 0, rssBytes: 0, availableBytes: machine.memoryBytes },
      disk: await noDisk.capacity('/'),
    }),
    pressure: async () => ({ memory: false, disk: false, pids: false }),
  };
}

const machineOf = (name: string, { cpus = 32, memoryBytes = 256 * GIB }: SimulatedNodesOptions): Machine => ({
  hostname: name,
  cpus,
  memoryBytes,
  swapBytes: 0,
  ephemeralStorageBytes: 100 * GIB,
  machineId: name,
  systemUuid: name,
  bootId: name,
  kernelVersion: '6.1.0-simulated',
  osImage: 'Simulated',
  operatingSystem: 'linux',
  architecture: 'amd64',
});

/** The Node object and its status, from facts about the machine and the runtime. Pure. */
import {
  type ContainerImage,
  formatTime,
  type Node,
  type NodeCondition,
  type NodeStatus,
  parseQuantity,
} from '@steersman/api';
import type { ImageInfo, RuntimeStatus, RuntimeVersion } from '../runtime/contract.ts';
import type { Machine } from './machine.ts';
import { KUBELET_PORT, type NodeOptions, PODS_MAX_DEFAULT } from './options.ts';

export interface NodeFacts {
  readonly options: NodeOptions;
  readonly machine: Machine;
  readonly version: RuntimeVersion;
  readonly runtime: RuntimeStatus;
  readonly images: readonly ImageInfo[];
  readonly pressure: { readonly memory: boolean; readonly disk: boolean; readonly pids: boolean };
  /** What else keeps the node from being Ready. */
  readonly problems: readonly string[];
  readonly kubeletVersion: string;
  readonly now: number;
}
/** As upstream: nodes list no more images than this, largest first. */
const IMAGES_MAX = 50;
const NAMES_PER_IMAGE_MAX = 5;
/** Upstream's default hard eviction threshold for memory. */
const EVICTION_MEMORY_BYTES = 100 * 1024 ** 2;
const EVICTION_STORAGE_SHARE = 0.1;

export function nodeObject(facts: NodeFacts): Node {
  const { options, machine } = facts;
  const hostname = options.hostname ?? options.name;
  const unschedulable =
    options.registerSchedulable === false ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] : [];
  const taints = [...(options.taints ?? []), ...unschedulable];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: options.name,
      labels: nodeLabels(machine, hostname, options),
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {
      ...(options.providerId === undefined ? {} : { providerID: options.providerId }),
      ...(taints.length > 0 ? { taints } : {}),
      ...(unschedulable.length > 0 ? { unschedulable: true } : {}),
    },
    status: nodeStatus(facts, undefined),
  };
}

export const nodeLabels = (
  { architecture, operatingSystem }: Machine,
  hostname: string,
  options: NodeOptions,
): Readonly<Record<string, string>> => ({
  'beta.kubernetes.io/arch': architecture,
  'beta.kubernetes.io/os': operatingSystem,
  'kubernetes.io/arch': architecture,
  'kubernetes.io/hostname': hostname,
  'kubernetes.io/os': operatingSystem,
  ...options.labels,
});

/** `before` is the status the API has: a condition keeps its transition time while its status stays the same. */
export function nodeStatus(facts: NodeFacts, before: NodeStatus | undefined): NodeStatus {
  const { options, machine, version, runtime } = facts;
  const capacity = nodeCapacity(machine, options);
  return {
    capacity,
    allocatable: nodeAllocatable(capacity, options),
    conditions: conditions(facts).map((condition) => dated(condition, before?.conditions ?? [], facts.now)),
    addresses: [
      ...options.addresses.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: options.hostname ?? options.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: options.port ?? KUBELET_PORT } },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: `${version.name}://${version.version}`,
      kubeletVersion: facts.kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: machine.operatingSystem,
      architecture: machine.architecture,
      ...(machine.swapBytes > 0 ? { swap: { capacity: machine.swapBytes } } : {}),
    },
    ...(facts.images.length > 0 ? { images: imagesOf(facts.images) } : {}),
    ...(runtime.handlers.length > 0
      ? { runtimeHandlers: runtime.handlers.map(({ name, ...features }) => ({ name, features })) }
      : {}),
  };
}

export function nodeCapacity(
  { cpus, memoryBytes, ephemeralStorageBytes }: Machine,
  { podsMax }: NodeOptions,
): Readonly<Record<string, string>> {
  return {
    cpu: String(cpus),
    'ephemeral-storage': `${Math.floor(ephemeralStorageBytes / 1024)}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${Math.floor(memoryBytes / 1024)}Ki`,
    pods: String(podsMax ?? PODS_MAX_DEFAULT),
  };
}

export function nodeAllocatable(
  capacity: Readonly<Record<string, string>>,
  { systemReserved = {}, kubeReserved = {} }: NodeOptions,
): Readonly<Record<string, string>> {
  const less = (name: string) =>
    [systemReserved[name], kubeReserved[name]]
      .filter((each) => each !== undefined)
      .reduce((left, each) => left.subtract(parseQuantity(each)), parseQuantity(capacity[name] ?? '0'));
  const memory = less('memory').subtract(parseQuantity(String(EVICTION_MEMORY_BYTES)));
  const storage = Number(parseQuantity(capacity['ephemeral-storage'] ?? '0').value());
  return {
    ...capacity,
    cpu: less('cpu').toString(),
    memory: `${memory.value() / 1024n}Ki`,
    'ephemeral-storage': String(Math.floor(storage * (1 - EVICTION_STORAGE_SHARE))),
  };
}

type PlainCondition = Omit<NodeCondition, 'lastHeartbeatTime' | 'lastTransitionTime'>;

function conditions({ pressure, runtime, problems }: NodeFacts): readonly PlainCondition[] {
  const pressureCondition = (
    type: string,
    on: boolean,
    yes: readonly [string, string],
    no: readonly [string, string],
  ): PlainCondition => ({
    type,
    status: on ? 'True' : 'False',
    reason: (on ? yes : no)[0],
    message: (on ? yes : no)[1],
  });
  return [
    pressureCondition(
      'MemoryPressure',
      pressure.memory,
      ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
      ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ),
    pressureCondition(
      'DiskPressure',
      pressure.disk,
      ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
      ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ),
    pressureCondition(
      'PIDPressure',
      pressure.pids,
      ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
      ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ),
    readyCondition(runtime, problems),
  ];
}

function readyCondition({ conditions: all }: RuntimeStatus, problems: readonly string[]): PlainCondition {
  const missing = all
    .filter(({ status }) => !status)
    .map((each) => {
      const what = each.type === 'NetworkReady' ? 'container runtime network not ready' : 'container runtime not ready';
      return `${what}: ${each.type}=false reason:${each.reason} message:${each.message}`;
    });
  const reasons = [...missing, ...problems];
  if (reasons.length === 0)
    return { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
  const message = reasons.length === 1 ? reasons[0]! : `[${reasons.join(', ')}]`;
  return { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message };
}

function dated(condition: PlainCondition, before: readonly NodeCondition[], now: number): NodeCondition {
  const previous = before.find(({ type }) => type === condition.type);
  const same = previous?.status === condition.status && previous.lastTransitionTime !== undefined;
  return {
    ...condition,
    lastHeartbeatTime: formatTime(now),
    lastTransitionTime: same ? previous.lastTransitionTime : formatTime(now),
  };
}

const imagesOf = (images: readonly ImageInfo[]): readonly ContainerImage[] =>
  images
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, IMAGES_MAX)
    .map(({ tags, digests, sizeBytes }) => ({ names: [...digests, ...tags].slice(0, NAMES_PER_IMAGE_MAX), sizeBytes }));

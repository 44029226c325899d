/** stats/v1alpha1 Summary, which metrics-server and `kubectl top` read. Pure. */
import type { Pod } from '@steersman/api';
import { labels } from '../runtime/labels.ts';
import type { ContainerStats, CpuUsage, FilesystemUsage, MemoryUsage, SandboxStats } from '../runtime/stats.ts';

/** What the whole node uses. */
export interface NodeUsage {
  readonly at: number;
  readonly cpu: CpuUsage;
  readonly memory: MemoryUsage;
  readonly disk: {
    readonly capacityBytes: number;
    readonly availableBytes: number;
    readonly inodes: number;
    readonly inodesFree: number;
  };
}
export interface SummaryInput {
  readonly nodeName: string;
  readonly startedAt: number;
  readonly node: NodeUsage;
  readonly pods: readonly Pod[];
  readonly sandboxes: readonly SandboxStats[];
  readonly containers: readonly ContainerStats[];
  readonly imageDisk: FilesystemUsage | undefined;
  readonly onlyCpuAndMemory: boolean;
}

const time = (ms: number): string => new Date(ms).toISOString();
const cpu = (usage: CpuUsage | undefined) =>
  usage && {
    time: time(usage.at),
    ...(usage.nanoCores === undefined ? {} : { usageNanoCores: Math.round(usage.nanoCores) }),
    ...(usage.totalNanoseconds === undefined ? {} : { usageCoreNanoSeconds: Math.round(usage.totalNanoseconds) }),
  };
const memory = (usage: MemoryUsage | undefined) =>
  usage && {
    time: time(usage.at),
    ...(usage.availableBytes === undefined ? {} : { availableBytes: usage.availableBytes }),
    ...(usage.usageBytes === undefined ? {} : { usageBytes: usage.usageBytes }),
    ...(usage.workingSetBytes === undefined ? {} : { workingSetBytes: usage.workingSetBytes }),
    ...(usage.rssBytes === undefined ? {} : { rssBytes: usage.rssBytes }),
    ...(usage.pageFaults === undefined ? {} : { pageFaults: usage.pageFaults }),
    ...(usage.majorPageFaults === undefined ? {} : { majorPageFaults: usage.majorPageFaults }),
  };

export function statsSummary(input: SummaryInput): unknown {
  const { node, startedAt } = input;
  const disk = { time: time(node.at), ...node.disk, usedBytes: node.disk.capacityBytes - node.disk.availableBytes };
  return {
    node: {
      nodeName: input.nodeName,
      startTime: time(startedAt),
      cpu: cpu(node.cpu),
      memory: memory(node.memory),
      ...(input.onlyCpuAndMemory
        ? {}
        : { fs: disk, runtime: { imageFs: { ...disk, usedBytes: input.imageDisk?.usedBytes ?? 0 } } }),
    },
    pods: input.pods.flatMap((pod) => podSummary(pod, input)),
  };
}

function podSummary(pod: Pod, { sandboxes, containers, onlyCpuAndMemory }: SummaryInput): readonly unknown[] {
  const { uid, name, namespace } = pod.metadata;
  const sandbox = sandboxes.find((each) => each.uid === uid);
  const own = containers.filter((each) => each.labels[labels.podUid] === uid);
  if (sandbox === undefined && own.length === 0) return [];
  const startTime = pod.status?.startTime ?? pod.metadata.creationTimestamp;
  return [
    {
      podRef: { name, namespace, uid },
      startTime,
      containers: own.map((each) => ({
        name: each.name,
        startTime,
        cpu: cpu(each.cpu),
        memory: memory(each.memory),
        ...(onlyCpuAndMemory || each.writableLayer === undefined
          ? {}
          : {
              rootfs: {
                time: time(each.writableLayer.at),
                usedBytes: each.writableLayer.usedBytes,
                inodesUsed: each.writableLayer.inodesUsed,
              },
            }),
      })),
      cpu: cpu(sandbox?.cpu ?? summed(own, 'cpu')),
      memory: memory(sandbox?.memory ?? summed(own, 'memory')),
      ...(onlyCpuAndMemory || sandbox?.network === undefined ? {} : { network: network(sandbox.network) }),
      ...(sandbox?.processCount === undefined ? {} : { process_stats: { process_count: sandbox.processCount } }),
    },
  ];
}

const network = ({ at, primary, interfaces }: NonNullable<SandboxStats['network']>) => ({
  time: time(at),
  ...primary,
  interfaces,
});

/** Where the runtime gives none for the pod: its containers together. */
function summed<K extends 'cpu' | 'memory'>(containers: readonly ContainerStats[], kind: K): ContainerStats[K] {
  const all = containers.flatMap((each) => each[kind] ?? []) as unknown as readonly Record<
    string,
    number | undefined
  >[];
  const [first] = all;
  if (first === undefined) return undefined;
  const total: Record<string, number | undefined> = { ...first };
  for (const each of all.slice(1))
    for (const [key, value] of Object.entries(each)) if (key !== 'at') total[key] = (total[key] ?? 0) + (value ?? 0);
  return total as unknown as ContainerStats[K];
}

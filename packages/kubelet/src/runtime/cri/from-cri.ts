/** CRI messages as the kubelet's own types. Pure. */
import type { LinuxResources } from '../config.ts';
import type {
  ContainerState,
  ImageInfo,
  RuntimeContainer,
  RuntimeContainerStatus,
  RuntimeStatus,
  Sandbox,
  SandboxStatus,
} from '../contract.ts';
import type {
  ContainerStats,
  CpuUsage,
  FilesystemUsage,
  MemoryUsage,
  NetworkInterfaceUsage,
  SandboxStats,
} from '../stats.ts';
import type * as cri from './messages.ts';

const NANOSECONDS_PER_MS = 1e6;
/** Nanoseconds as text to whole milliseconds; 0 stays 0. */
const ms = (nanoseconds: cri.Int64): number => Math.floor(Number(nanoseconds) / NANOSECONDS_PER_MS);
const number = (wrapped: cri.Wrapped | null): number | undefined =>
  wrapped === null ? undefined : Number(wrapped.value);

export const toSandbox = (sandbox: cri.PodSandbox): Sandbox => ({
  id: sandbox.id,
  uid: sandbox.metadata.uid ?? '',
  name: sandbox.metadata.name,
  namespace: sandbox.metadata.namespace ?? '',
  attempt: sandbox.metadata.attempt,
  ready: sandbox.state === 'SANDBOX_READY',
  createdAt: ms(sandbox.created_at),
  labels: sandbox.labels,
  annotations: sandbox.annotations,
});

export function toSandboxStatus(status: cri.PodSandboxStatus): SandboxStatus {
  const { ip = '', additional_ips = [] } = status.network ?? {};
  const hostNetwork = status.linux?.namespaces?.options?.network === 'NODE';
  return {
    ...toSandbox(status),
    ips: hostNetwork ? [] : [ip, ...additional_ips.map((each) => each.ip)].filter((each) => each !== ''),
    hostNetwork,
  };
}

const states: Readonly<Record<string, ContainerState>> = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
};

export const toContainer = (container: cri.Container): RuntimeContainer => ({
  id: container.id,
  sandboxId: container.pod_sandbox_id,
  name: container.metadata.name,
  attempt: container.metadata.attempt,
  state: states[container.state] ?? 'unknown',
  createdAt: ms(container.created_at),
  image: container.image?.user_specified_image || container.image?.image || '',
  imageId: container.image_ref,
  labels: container.labels,
  annotations: container.annotations,
});

/** CRI's status does not name the sandbox; the list entry does. */
export function toContainerStatus(status: cri.ContainerStatus, sandboxId: string): RuntimeContainerStatus {
  const user = status.user?.linux;
  return {
    ...toContainer(status),
    sandboxId,
    imageId: status.image_ref || status.image_id,
    startedAt: ms(status.started_at),
    finishedAt: ms(status.finished_at),
    exitCode: status.exit_code,
    reason: status.reason,
    message: status.message,
    logPath: status.log_path,
    ...(status.resources?.linux ? { resources: toLinuxResources(status.resources.linux) } : {}),
    ...(user
      ? {
          user: {
            uid: Number(user.uid),
            gid: Number(user.gid),
            supplementalGroups: user.supplemental_groups.map(Number),
          },
        }
      : {}),
  };
}

const toLinuxResources = (resources: cri.Resources): LinuxResources => ({
  cpuPeriod: Number(resources.cpu_period),
  cpuQuota: Number(resources.cpu_quota),
  cpuShares: Number(resources.cpu_shares),
  memoryLimitBytes: Number(resources.memory_limit_in_bytes),
  oomScoreAdj: Number(resources.oom_score_adj),
});

export const toImage = (image: cri.Image): ImageInfo => ({
  id: image.id,
  tags: image.repo_tags,
  digests: image.repo_digests,
  sizeBytes: Number(image.size),
  pinned: image.pinned,
  uid: number(image.uid),
  username: image.username,
});

export const toFilesystem = (usage: cri.Filesystem): FilesystemUsage => ({
  at: ms(usage.timestamp),
  mountpoint: usage.fs_id?.mountpoint ?? '',
  usedBytes: number(usage.used_bytes) ?? 0,
  inodesUsed: number(usage.inodes_used) ?? 0,
});

const toCpu = (usage: cri.Cpu | null): CpuUsage | undefined =>
  usage === null
    ? undefined
    : {
        at: ms(usage.timestamp),
        totalNanoseconds: number(usage.usage_core_nano_seconds),
        nanoCores: number(usage.usage_nano_cores),
      };

const toMemory = (usage: cri.Memory | null): MemoryUsage | undefined =>
  usage === null
    ? undefined
    : {
        at: ms(usage.timestamp),
        workingSetBytes: number(usage.working_set_bytes),
        availableBytes: number(usage.available_bytes),
        usageBytes: number(usage.usage_bytes),
        rssBytes: number(usage.rss_bytes),
        pageFaults: number(usage.page_faults),
        majorPageFaults: number(usage.major_page_faults),
      };

export const toContainerStats = (stats: cri.ContainerStats): ContainerStats => ({
  id: stats.attributes.id,
  name: stats.attributes.metadata.name,
  labels: stats.attributes.labels,
  cpu: toCpu(stats.cpu),
  memory: toMemory(stats.memory),
  writableLayer: stats.writable_layer === null ? undefined : toFilesystem(stats.writable_layer),
});

const toInterface = (usage: cri.NetworkInterface): NetworkInterfaceUsage => ({
  name: usage.name,
  rxBytes: number(usage.rx_bytes) ?? 0,
  rxErrors: number(usage.rx_errors) ?? 0,
  txBytes: number(usage.tx_bytes) ?? 0,
  txErrors: number(usage.tx_errors) ?? 0,
});

export function toSandboxStats({ attributes, linux }: cri.SandboxStats): SandboxStats {
  const network = linux?.network ?? null;
  return {
    id: attributes.id,
    uid: attributes.metadata.uid ?? '',
    name: attributes.metadata.name,
    namespace: attributes.metadata.namespace ?? '',
    cpu: toCpu(linux?.cpu ?? null),
    memory: toMemory(linux?.memory ?? null),
    ...(network === null
      ? {}
      : {
          network: {
            at: ms(network.timestamp),
            interfaces: network.interfaces.map(toInterface),
            ...(network.default_interface === null ? {} : { primary: toInterface(network.default_interface) }),
          },
        }),
    processCount: number(linux?.process?.process_count ?? null),
    containers: (linux?.containers ?? []).map(toContainerStats),
  };
}

export const toRuntimeStatus = ({ status, runtime_handlers }: cri.RuntimeStatus): RuntimeStatus => ({
  conditions: status?.conditions ?? [],
  handlers: runtime_handlers.map(({ name, features }) => ({
    name,
    recursiveReadOnlyMounts: features?.recursive_read_only_mounts ?? false,
    userNamespaces: features?.user_namespaces ?? false,
  })),
});

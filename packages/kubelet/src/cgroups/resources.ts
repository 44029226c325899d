/** Kernel settings out of requests and limits (upstream's cgroup driver documentation gives the factors). Pure. */
import { type Container, type Pod, parseQuantity, type ResourceRequirements } from '@steersman/api';
import { qosClassOf } from '../pod/qos.ts';
import type { LinuxResources } from '../runtime/config.ts';

const SHARES_PER_CPU = 1024;
const SHARES_MIN = 2;
const SHARES_MAX = 262_144;
const QUOTA_PERIOD_US = 100_000;
const QUOTA_MIN_US = 1000;
const CRITICAL_PRIORITY = 2_000_000_000;

export const milliCpuOf = (value: string | undefined): number =>
  value === undefined ? 0 : Number(parseQuantity(value).milliValue());
export const bytesOf = (value: string | undefined): number =>
  value === undefined ? 0 : Number(parseQuantity(value).value());

export const cpuShares = (milliCpu: number): number =>
  Math.min(Math.max(Math.floor((milliCpu * SHARES_PER_CPU) / 1000), SHARES_MIN), SHARES_MAX);
export const cpuQuota = (milliCpu: number): number =>
  Math.max(Math.floor((milliCpu * QUOTA_PERIOD_US) / 1000), QUOTA_MIN_US);

/** For one container. A limit without a request is a request too. */
export function containerResources(pod: Pod, container: Container, nodeMemoryBytes: number): LinuxResources {
  const { requests, limits } = container.resources ?? {};
  const limit = milliCpuOf(limits?.['cpu']);
  const memory = bytesOf(limits?.['memory']);
  return {
    cpuPeriod: QUOTA_PERIOD_US,
    cpuShares: cpuShares(milliCpuOf(requests?.['cpu'] ?? limits?.['cpu'])),
    ...(limit > 0 ? { cpuQuota: cpuQuota(limit) } : {}),
    ...(memory > 0 ? { memoryLimitBytes: memory } : {}),
    oomScoreAdj: oomScoreAdjustment(pod, container, nodeMemoryBytes),
  };
}

/** -997 for guaranteed and critical pods, 1000 for best effort; in between, the more a container asks for the safer it is. */
export function oomScoreAdjustment(pod: Pod, container: Container, nodeMemoryBytes: number): number {
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed' || (pod.spec.priority ?? 0) >= CRITICAL_PRIORITY) return -997;
  if (qos === 'BestEffort') return 1000;
  const request = bytesOf(container.resources?.requests?.['memory'] ?? container.resources?.limits?.['memory']);
  const score = 1000 - Math.floor((1000 * request) / Math.max(nodeMemoryBytes, 1));
  if (score < 3) return 3;
  return score >= 1000 ? 999 : score;
}

export interface PodLimits {
  readonly cpuShares: number;
  readonly cpuQuota?: number | undefined;
  readonly memoryBytes?: number | undefined;
}
/** For the pod's own cgroup: a limit holds for it only when every container has one. */
export function podLimits(pod: Pod): PodLimits {
  const own: ResourceRequirements | undefined = pod.spec.resources;
  const lists = pod.spec.containers.map(({ resources }) => resources);
  const sum = (list: 'requests' | 'limits', name: 'cpu' | 'memory', read: (value: string | undefined) => number) =>
    own?.[list]?.[name] !== undefined
      ? read(own[list]?.[name])
      : Math.max(
          lists.reduce(
            (total, each) =>
              total + read(each?.[list]?.[name] ?? (list === 'requests' ? each?.limits?.[name] : undefined)),
            0,
          ),
          largestInit(pod, list, name, read),
        );
  const all = (name: 'cpu' | 'memory') =>
    own?.limits?.[name] !== undefined || lists.every((each) => each?.limits?.[name] !== undefined);
  return {
    cpuShares: cpuShares(sum('requests', 'cpu', milliCpuOf)),
    ...(all('cpu') ? { cpuQuota: cpuQuota(sum('limits', 'cpu', milliCpuOf)) } : {}),
    ...(all('memory') ? { memoryBytes: sum('limits', 'memory', bytesOf) } : {}),
  };
}
const largestInit = (
  pod: Pod,
  list: 'requests' | 'limits',
  name: 'cpu' | 'memory',
  read: (value: string | undefined) => number,
): number => Math.max(0, ...(pod.spec.initContainers ?? []).map(({ resources }) => read(resources?.[list]?.[name])));

/** The machine this process runs on. */
import { readFile } from 'node:fs/promises';
import { arch, cpus, hostname, networkInterfaces, release } from 'node:os';
import { parseResolvConf } from '../environment/dns.ts';
import type { Directories } from '../host/paths.ts';
import type { KubeletHost } from '../kubelet.ts';
import type { Machine } from '../node/machine.ts';
import type { NodeUsage } from '../stats/summary.ts';
import { realCgroups } from './cgroup-files.ts';
import { realDisk } from './disk.ts';
import { realProbeNetwork } from './probe-network.ts';

export interface RealHostOptions {
  readonly directories: Directories;
  /** Prefix of all cgroups of this cluster; '' for none. */
  readonly cgroupRoot: string;
  /** Upstream's --resolv-conf. */
  readonly resolvConf: string;
}
/** Upstream's default hard eviction thresholds. */
const MEMORY_AVAILABLE_BYTES_MIN = 100 * 1024 ** 2;
const DISK_AVAILABLE_SHARE_MIN = 0.1;

const read = (path: string): Promise<string> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
const meminfo = async (): Promise<ReadonlyMap<string, number>> =>
  new Map(
    (await read('/proc/meminfo'))
      .split('\n')
      .map((line) => [line.split(':')[0]!, Number(/(\d+) kB/.exec(line)?.[1] ?? 0) * 1024]),
  );

/** Makes the kubelet's directories, so that the disk they are on can be measured. */
export async function realHost({ directories, cgroupRoot, resolvConf }: RealHostOptions): Promise<KubeletHost> {
  await realDisk.makeDirectory(directories.root);
  await realDisk.makeDirectory(directories.podLogs);
  return {
    machine: await realMachine(directories),
    disk: realDisk,
    cgroups: await realCgroups(cgroupRoot),
    network: realProbeNetwork,
    nodeDns: parseResolvConf(resolvConf === '' ? '' : await read(resolvConf)),
    usage: () => nodeUsage(directories),
    async pressure() {
      const memory = (await meminfo()).get('MemAvailable') ?? Number.POSITIVE_INFINITY;
      const { availableBytes, capacityBytes } = await realDisk.capacity(directories.root);
      return {
        memory: memory < MEMORY_AVAILABLE_BYTES_MIN,
        disk: availableBytes < capacityBytes * DISK_AVAILABLE_SHARE_MIN,
        pids: await pidPressure(),
      };
    },
  };
}

/** USER_HZ is 100 on every Linux that matters. */
const CPU_TICK_NANOSECONDS = 1e7;
async function nodeUsage({ root }: Directories): Promise<NodeUsage> {
  const at = Date.now();
  const memory = await meminfo();
  const total = memory.get('MemTotal') ?? 0;
  const available = memory.get('MemAvailable') ?? 0;
  const before = await cpuNanoseconds();
  await new Promise((resolve) => setTimeout(resolve, CPU_SAMPLE_MS));
  const after = await cpuNanoseconds();
  return {
    at,
    cpu: { at, totalNanoseconds: after, nanoCores: Math.round(((after - before) * 1000) / CPU_SAMPLE_MS) },
    memory: {
      at,
      availableBytes: available,
      workingSetBytes: total - available,
      usageBytes: total - (memory.get('MemFree') ?? 0),
      rssBytes: memory.get('AnonPages') ?? 0,
    },
    disk: await realDisk.capacity(root),
  };
}
const CPU_SAMPLE_MS = 200;

/** Time that all processors together were not idle. */
async function cpuNanoseconds(): Promise<number> {
  const [, user = '0', nice = '0', system = '0', , , irq = '0', softirq = '0', steal = '0'] = (await read('/proc/stat'))
    .split('\n')[0]!
    .split(/\s+/);
  return (
    [user, nice, system, irq, softirq, steal].reduce((sum, ticks) => sum + Number(ticks), 0) * CPU_TICK_NANOSECONDS
  );
}

const PIDS_AVAILABLE_SHARE_MIN = 0.05;
async function pidPressure(): Promise<boolean> {
  const max = Number(await read('/proc/sys/kernel/pid_max')) || Number.POSITIVE_INFINITY;
  const running = Number(/\/(\d+) /.exec(await read('/proc/loadavg'))?.[1] ?? 0);
  return running > max * (1 - PIDS_AVAILABLE_SHARE_MIN);
}

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' };

async function realMachine({ root }: Directories): Promise<Machine> {
  const memory = await meminfo();
  const machineId = await read('/etc/machine-id');
  return {
    hostname: hostname(),
    cpus: cpus().length,
    memoryBytes: memory.get('MemTotal') ?? 0,
    swapBytes: memory.get('SwapTotal') ?? 0,
    ephemeralStorageBytes: (await realDisk.capacity(root)).capacityBytes,
    machineId,
    systemUuid: (await read('/sys/class/dmi/id/product_uuid')) || machineId,
    bootId: await read('/proc/sys/kernel/random/boot_id'),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(await read('/etc/os-release'))?.[1] ?? 'Linux',
    operatingSystem: 'linux',
    architecture: goArchitectures[arch()] ?? arch(),
  };
}

/** The first address that is neither loopback nor link-local; undefined on a machine without a network. */
export function firstAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.find(({ internal, family, address }) => !internal && family === 'IPv4' && !address.startsWith('169.254.'))
    ?.address;
}

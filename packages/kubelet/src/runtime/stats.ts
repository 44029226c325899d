/** Usage as runtimes report it; undefined where a runtime does not know. Bytes, nanoseconds, nanocores. */
export interface FilesystemUsage {
  readonly at: number;
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}
export interface CpuUsage {
  readonly at: number;
  readonly totalNanoseconds?: number | undefined;
  readonly nanoCores?: number | undefined;
}
export interface MemoryUsage {
  readonly at: number;
  readonly workingSetBytes?: number | undefined;
  readonly availableBytes?: number | undefined;
  readonly usageBytes?: number | undefined;
  readonly rssBytes?: number | undefined;
  readonly pageFaults?: number | undefined;
  readonly majorPageFaults?: number | undefined;
}
export interface ContainerStats {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly cpu?: CpuUsage | undefined;
  readonly memory?: MemoryUsage | undefined;
  readonly writableLayer?: FilesystemUsage | undefined;
}
export interface NetworkInterfaceUsage {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly txBytes: number;
  readonly txErrors: number;
}
export interface SandboxStats {
  readonly id: string;
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly cpu?: CpuUsage | undefined;
  readonly memory?: MemoryUsage | undefined;
  readonly network?:
    | {
        readonly at: number;
        readonly primary?: NetworkInterfaceUsage;
        readonly interfaces: readonly NetworkInterfaceUsage[];
      }
    | undefined;
  readonly processCount?: number | undefined;
  readonly containers: readonly ContainerStats[];
}

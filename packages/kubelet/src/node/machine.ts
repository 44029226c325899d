/** Facts about the machine a kubelet runs on. Read in adapters/; made up for simulated nodes. */
export interface Machine {
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly swapBytes: number;
  readonly ephemeralStorageBytes: number;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  /** Go's names: linux, amd64, arm64. */
  readonly operatingSystem: string;
  readonly architecture: string;
}

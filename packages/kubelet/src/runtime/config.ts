/** What the kubelet asks of a runtime: CRI's configuration messages, in this code's casing. */

export interface IdMapping {
  readonly hostId: number;
  readonly containerId: number;
  readonly length: number;
}
export type NamespaceMode = 'pod' | 'container' | 'node' | 'target';
export interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly targetId?: string | undefined;
}
export interface SecurityProfile {
  readonly kind: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef?: string | undefined;
}
export interface LinuxResources {
  readonly cpuPeriod?: number | undefined;
  readonly cpuQuota?: number | undefined;
  readonly cpuShares?: number | undefined;
  readonly memoryLimitBytes?: number | undefined;
  readonly oomScoreAdj?: number | undefined;
}
export interface SeLinuxOptions {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level: string;
}

export interface SandboxConfig {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dns: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly portMappings: readonly {
    readonly protocol: string;
    readonly containerPort: number;
    readonly hostPort: number;
    readonly hostIp: string;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Never empty: without it containerd cannot give stats of any sandbox. */
  readonly cgroupParent: string;
  readonly namespaces: NamespaceOptions;
  /** The pod asks for users of its own (`hostUsers: false`, KEP-127). */
  readonly ownUsers?: boolean;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly runAsUser?: number | undefined;
  readonly runAsGroup?: number | undefined;
  readonly supplementalGroups: readonly number[];
  readonly privileged: boolean;
  readonly seccomp: SecurityProfile;
  readonly seLinux?: SeLinuxOptions | undefined;
  readonly resources: LinuxResources;
  readonly runtimeHandler: string;
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
  readonly propagation: 'private' | 'host-to-container' | 'bidirectional';
  readonly recursiveReadOnly?: boolean;
}
export interface ContainerSecurity {
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly privileged: boolean;
  readonly namespaces: NamespaceOptions;
  readonly runAsUser?: number | undefined;
  readonly runAsUsername?: string | undefined;
  readonly runAsGroup?: number | undefined;
  readonly readOnlyRootFilesystem: boolean;
  readonly supplementalGroups: readonly number[];
  readonly noNewPrivileges: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp: SecurityProfile;
  /** Absent: what the runtime does by default. */
  readonly appArmor?: SecurityProfile;
  readonly seLinux?: SeLinuxOptions | undefined;
}
export interface ImageSpec {
  readonly image: string;
  readonly userSpecified?: string | undefined;
}
export interface PullCredentials {
  readonly username: string;
  readonly password: string;
  readonly serverAddress: string;
  readonly auth: string;
}
export interface ContainerConfig {
  readonly name: string;
  readonly attempt: number;
  readonly image: ImageSpec;
  /** Empty: the image's own. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDirectory: string;
  readonly environment: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: LinuxResources;
  readonly security: ContainerSecurity;
}

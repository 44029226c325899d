/** CRI messages as the loader gives them: snake case, 64-bit numbers as text, enums by name. Only what is used. */
export type Int64 = string;
export interface Wrapped {
  readonly value: Int64;
}
export interface Metadata {
  readonly name: string;
  readonly uid?: string;
  readonly namespace?: string;
  readonly attempt: number;
}
type Map = Readonly<Record<string, string>>;
export interface PodSandbox {
  readonly id: string;
  readonly metadata: Metadata;
  readonly state: string;
  readonly created_at: Int64;
  readonly labels: Map;
  readonly annotations: Map;
}
export interface PodSandboxStatus extends PodSandbox {
  readonly network: { readonly ip: string; readonly additional_ips?: readonly { readonly ip: string }[] } | null;
  readonly linux: { readonly namespaces: { readonly options: { readonly network: string } | null } | null } | null;
}
export interface Container {
  readonly id: string;
  readonly pod_sandbox_id: string;
  readonly metadata: Metadata;
  readonly image: { readonly image: string; readonly user_specified_image: string } | null;
  readonly image_ref: string;
  readonly state: string;
  readonly created_at: Int64;
  readonly labels: Map;
  readonly annotations: Map;
}
export interface Resources {
  readonly cpu_period: Int64;
  readonly cpu_quota: Int64;
  readonly cpu_shares: Int64;
  readonly memory_limit_in_bytes: Int64;
  readonly oom_score_adj: Int64;
}
export interface ContainerStatus extends Container {
  readonly started_at: Int64;
  readonly finished_at: Int64;
  readonly exit_code: number;
  readonly reason: string;
  readonly message: string;
  readonly log_path: string;
  readonly image_id: string;
  readonly resources: { readonly linux: Resources | null } | null;
  readonly user: {
    readonly linux: { readonly uid: Int64; readonly gid: Int64; readonly supplemental_groups: readonly Int64[] } | null;
  } | null;
}
export interface Image {
  readonly id: string;
  readonly repo_tags: readonly string[];
  readonly repo_digests: readonly string[];
  readonly size: Int64;
  readonly uid: Wrapped | null;
  readonly username: string;
  readonly pinned: boolean;
}
export interface Filesystem {
  readonly timestamp: Int64;
  readonly fs_id: { readonly mountpoint: string } | null;
  readonly used_bytes: Wrapped | null;
  readonly inodes_used: Wrapped | null;
}
export interface Cpu {
  readonly timestamp: Int64;
  readonly usage_core_nano_seconds: Wrapped | null;
  readonly usage_nano_cores: Wrapped | null;
}
export interface Memory {
  readonly timestamp: Int64;
  readonly working_set_bytes: Wrapped | null;
  readonly available_bytes: Wrapped | null;
  readonly usage_bytes: Wrapped | null;
  readonly rss_bytes: Wrapped | null;
  readonly page_faults: Wrapped | null;
  readonly major_page_faults: Wrapped | null;
}
export interface ContainerStats {
  readonly attributes: { readonly id: string; readonly metadata: Metadata; readonly labels: Map };
  readonly cpu: Cpu | null;
  readonly memory: Memory | null;
  readonly writable_layer: Filesystem | null;
}
export interface NetworkInterface {
  readonly name: string;
  readonly rx_bytes: Wrapped | null;
  readonly rx_errors: Wrapped | null;
  readonly tx_bytes: Wrapped | null;
  readonly tx_errors: Wrapped | null;
}
export interface SandboxStats {
  readonly attributes: { readonly id: string; readonly metadata: Metadata };
  readonly linux: {
    readonly cpu: Cpu | null;
    readonly memory: Memory | null;
    readonly network: {
      readonly timestamp: Int64;
      readonly default_interface: NetworkInterface | null;
      readonly interfaces: readonly NetworkInterface[];
    } | null;
    readonly process: { readonly process_count: Wrapped | null } | null;
    readonly containers: readonly ContainerStats[];
  } | null;
}
export interface RuntimeStatus {
  readonly status: {
    readonly conditions: readonly {
      readonly type: string;
      readonly status: boolean;
      readonly reason: string;
      readonly message: string;
    }[];
  } | null;
  readonly runtime_handlers: readonly {
    readonly name: string;
    readonly features: { readonly recursive_read_only_mounts: boolean; readonly user_namespaces: boolean } | null;
  }[];
}

/** The configuration of a node's own containerd, for the versions Debian has: 1.6 and 1.7 (format 2) and 2.x (format 3). */

export interface ContainerdVersion {
  readonly major: number;
  readonly minor: number;
}

export interface ContainerdSettings {
  readonly version: ContainerdVersion;
  /** Images, snapshots and metadata; on a real file system. */
  readonly root: string;
  /** Sockets and run-time state; under the node's private /run. */
  readonly state: string;
  readonly address: string;
  readonly cniPrograms: string;
  readonly cniConfigs: string;
  readonly sandboxImage: string;
  /** `native` where the data folder cannot carry an overlay (it lies on one itself). */
  readonly snapshotter: 'overlayfs' | 'native';
  /** True where the machine may not lower oom_score_adj (no CAP_SYS_RESOURCE): runc would fail to start anything. */
  readonly restrictOomScore: boolean;
}

/** Reads `containerd --version`. Debian's `1.6.20~ds1` and upstream's `v2.0.1` both match. */
export function parseContainerdVersion(text: string): ContainerdVersion | undefined {
  const match = /\bv?(\d+)\.(\d+)\.\d/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** The TOML text of the configuration. */
export function containerdConfig(settings: ContainerdSettings): string {
  return settings.version.major >= 2 ? formatThree(settings) : formatTwo(settings);
}

/** TOML's basic strings are JSON's. */
const quote = (text: string) => JSON.stringify(text);

function head(format: number, settings: ContainerdSettings): readonly string[] {
  return [
    `version = ${format}`,
    `root = ${quote(settings.root)}`,
    `state = ${quote(settings.state)}`,
    'oom_score = 0',
    `disabled_plugins = [${UNUSED_PLUGINS.map(quote).join(', ')}]`,
    '[grpc]',
    `address = ${quote(settings.address)}`,
    '[ttrpc]',
    `address = ${quote(`${settings.address}.ttrpc`)}`,
    '[plugins."io.containerd.internal.v1.opt"]',
    `path = ${quote(`${settings.root}/opt`)}`,
  ];
}

/** Snapshotters and tracing that only cost time at start. */
const UNUSED_PLUGINS = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.internal.v1.tracing',
];

function runtimeOptions(plugin: string): readonly string[] {
  return [
    `[${plugin}.containerd.runtimes.runc]`,
    'runtime_type = "io.containerd.runc.v2"',
    `[${plugin}.containerd.runtimes.runc.options]`,
    'SystemdCgroup = false',
    'Root = "/run/runc"',
  ];
}

function formatTwo(settings: ContainerdSettings): string {
  const plugin = 'plugins."io.containerd.grpc.v1.cri"';
  const lines = [
    ...head(2, settings),
    `[${plugin}]`,
    `sandbox_image = ${quote(settings.sandboxImage)}`,
    `restrict_oom_score_adj = ${settings.restrictOomScore}`,
    'stream_server_address = "127.0.0.1"',
    'enable_unprivileged_ports = true',
    'enable_unprivileged_icmp = true',
    `[${plugin}.cni]`,
    `bin_dir = ${quote(settings.cniPrograms)}`,
    `conf_dir = ${quote(settings.cniConfigs)}`,
    `[${plugin}.containerd]`,
    `snapshotter = ${quote(settings.snapshotter)}`,
    'default_runtime_name = "runc"',
    ...runtimeOptions(plugin),
  ];
  return `${lines.join('\n')}\n`;
}

function formatThree(settings: ContainerdSettings): string {
  const images = 'plugins."io.containerd.cri.v1.images"';
  const runtime = 'plugins."io.containerd.cri.v1.runtime"';
  const programs =
    settings.version.minor >= 1
      ? `bin_dirs = [${quote(settings.cniPrograms)}]`
      : `bin_dir = ${quote(settings.cniPrograms)}`;
  const lines = [
    ...head(3, settings),
    `[${images}]`,
    `snapshotter = ${quote(settings.snapshotter)}`,
    `[${images}.pinned_images]`,
    `sandbox = ${quote(settings.sandboxImage)}`,
    `[${runtime}]`,
    `restrict_oom_score_adj = ${settings.restrictOomScore}`,
    'enable_unprivileged_ports = true',
    'enable_unprivileged_icmp = true',
    `[${runtime}.cni]`,
    programs,
    `conf_dir = ${quote(settings.cniConfigs)}`,
    `[${runtime}.containerd]`,
    'default_runtime_name = "runc"',
    ...runtimeOptions(runtime),
    '[plugins."io.containerd.grpc.v1.cri"]',
    'stream_server_address = "127.0.0.1"',
  ];
  return `${lines.join('\n')}\n`;
}

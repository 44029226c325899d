/** Configurations as CRI messages. Pure. */
import type {
  ContainerConfig,
  ContainerSecurity,
  ImageSpec,
  LinuxResources,
  Mount,
  NamespaceOptions,
  SandboxConfig,
  SecurityProfile,
} from '../config.ts';

type Message = Readonly<Record<string, unknown>>;

const modes = { pod: 'POD', container: 'CONTAINER', node: 'NODE', target: 'TARGET' } as const;
const propagations = {
  private: 'PROPAGATION_PRIVATE',
  'host-to-container': 'PROPAGATION_HOST_TO_CONTAINER',
  bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const;

const namespaceOptions = ({ network, pid, ipc, targetId }: NamespaceOptions): Message => ({
  network: modes[network],
  pid: modes[pid],
  ipc: modes[ipc],
  target_id: targetId ?? '',
});
const profile = ({ kind, localhostRef }: SecurityProfile): Message => ({
  profile_type: kind,
  localhost_ref: localhostRef ?? '',
});
const wrapped = (value: number | undefined): Message | null => (value === undefined ? null : { value });

export const toResources = (resources: LinuxResources): Message => ({
  cpu_period: resources.cpuPeriod ?? 0,
  cpu_quota: resources.cpuQuota ?? 0,
  cpu_shares: resources.cpuShares ?? 0,
  memory_limit_in_bytes: resources.memoryLimitBytes ?? 0,
  oom_score_adj: resources.oomScoreAdj ?? 0,
});

export function toSandboxConfig(config: SandboxConfig): Message {
  return {
    metadata: { name: config.name, uid: config.uid, namespace: config.namespace, attempt: config.attempt },
    hostname: config.hostname,
    log_directory: config.logDirectory,
    dns_config: { servers: config.dns.servers, searches: config.dns.searches, options: config.dns.options },
    port_mappings: config.portMappings.map((port) => ({
      protocol: port.protocol,
      container_port: port.containerPort,
      host_port: port.hostPort,
      host_ip: port.hostIp,
    })),
    labels: config.labels,
    annotations: config.annotations,
    linux: {
      cgroup_parent: config.cgroupParent,
      sysctls: config.sysctls,
      resources: toResources(config.resources),
      security_context: {
        namespace_options: namespaceOptions(config.namespaces),
        run_as_user: wrapped(config.runAsUser),
        run_as_group: wrapped(config.runAsGroup),
        supplemental_groups: config.supplementalGroups,
        privileged: config.privileged,
        seccomp: profile(config.seccomp),
        selinux_options: config.seLinux ?? null,
      },
    },
  };
}

export function toContainerConfig(config: ContainerConfig): Message {
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: toImageSpec(config.image),
    command: config.command,
    args: config.args,
    working_dir: config.workingDirectory,
    envs: config.environment.map(({ key, value }) => ({ key, value: Buffer.from(value) })), // `value` is bytes in CRI v1.36.
    mounts: config.mounts.map(toMount),
    labels: config.labels,
    annotations: config.annotations,
    log_path: config.logPath,
    stdin: config.stdin,
    stdin_once: config.stdinOnce,
    tty: config.tty,
    linux: { resources: toResources(config.resources), security_context: toSecurity(config.security) },
  };
}

export const toImageSpec = ({ image, userSpecified }: ImageSpec): Message => ({
  image,
  user_specified_image: userSpecified ?? '',
});

const toMount = ({ containerPath, hostPath, readOnly, propagation, recursiveReadOnly }: Mount): Message => ({
  container_path: containerPath,
  host_path: hostPath,
  readonly: readOnly,
  propagation: propagations[propagation],
  recursive_read_only: recursiveReadOnly ?? false,
});

function toSecurity(security: ContainerSecurity): Message {
  return {
    capabilities: { add_capabilities: security.addCapabilities, drop_capabilities: security.dropCapabilities },
    privileged: security.privileged,
    namespace_options: namespaceOptions(security.namespaces),
    run_as_user: wrapped(security.runAsUser),
    run_as_username: security.runAsUsername ?? '',
    run_as_group: wrapped(security.runAsGroup),
    readonly_rootfs: security.readOnlyRootFilesystem,
    supplemental_groups: security.supplementalGroups,
    no_new_privs: security.noNewPrivileges,
    masked_paths: security.maskedPaths,
    readonly_paths: security.readonlyPaths,
    seccomp: profile(security.seccomp),
    apparmor: security.appArmor === undefined ? null : profile(security.appArmor),
    selinux_options: security.seLinux ?? null,
  };
}

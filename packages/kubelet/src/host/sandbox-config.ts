/** What the runtime is told about a pod. Pure. */
import { nameOf, namespaceOf, type Pod, uidOf } from '@steersman/api';
import { podLimits } from '../cgroups/resources.ts';
import type { DnsConfig } from '../environment/dns.ts';
import { hostnameOf } from '../environment/environment.ts';
import type { SandboxConfig } from '../runtime/config.ts';
import { labels } from '../runtime/labels.ts';
import { namespaceOptions, seccompProfile, seLinuxOptions } from './security.ts';

export interface SandboxInput {
  readonly pod: Pod;
  readonly attempt: number;
  readonly logDirectory: string;
  readonly dns: DnsConfig;
  readonly cgroupParent: string;
  readonly seccompRoot: string;
}

export function sandboxConfig({
  pod,
  attempt,
  logDirectory,
  dns,
  cgroupParent,
  seccompRoot,
}: SandboxInput): SandboxConfig {
  const security = pod.spec.securityContext ?? {};
  const limits = podLimits(pod);
  return {
    name: nameOf(pod),
    namespace: namespaceOf(pod),
    uid: uidOf(pod),
    attempt,
    // In the node's network the node's own name is kept.
    hostname: pod.spec.hostNetwork ? '' : hostnameOf(pod),
    logDirectory,
    dns,
    portMappings: pod.spec.hostNetwork ? [] : portMappings(pod),
    labels: {
      ...pod.metadata.labels,
      [labels.podName]: nameOf(pod),
      [labels.podNamespace]: namespaceOf(pod),
      [labels.podUid]: uidOf(pod),
    },
    annotations: pod.metadata.annotations ?? {},
    cgroupParent,
    namespaces: namespaceOptions(pod),
    ...(pod.spec.hostUsers === false ? { ownUsers: true } : {}),
    sysctls: Object.fromEntries((security.sysctls ?? []).map(({ name, value }) => [name, value])),
    runAsUser: security.runAsUser,
    runAsGroup: security.runAsUser === undefined ? undefined : security.runAsGroup,
    supplementalGroups: [
      ...(security.supplementalGroups ?? []),
      ...(security.fsGroup === undefined ? [] : [security.fsGroup]),
    ],
    privileged: [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some(
      (each) => each.securityContext?.privileged,
    ),
    // The sandbox's own process is the runtime's: its default profile always fits.
    seccomp:
      security.seccompProfile === undefined
        ? { kind: 'RuntimeDefault' }
        : seccompProfile(security.seccompProfile, seccompRoot),
    seLinux: seLinuxOptions(security.seLinuxOptions),
    resources: { cpuShares: limits.cpuShares, cpuQuota: limits.cpuQuota, memoryLimitBytes: limits.memoryBytes },
    runtimeHandler: '',
  };
}

const portMappings = (pod: Pod): SandboxConfig['portMappings'] =>
  [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => (hostPort ?? 0) > 0)
      .map((port) => ({
        protocol: port.protocol ?? 'TCP',
        containerPort: port.containerPort,
        hostPort: port.hostPort!,
        hostIp: port.hostIP ?? '',
      })),
  );

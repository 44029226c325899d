/** Security settings of sandboxes and containers: the container's own, else the pod's. Pure. */
import type { Container, Pod, SELinuxOptions, SeccompProfile } from '@steersman/api';
import type { ContainerSecurity, NamespaceOptions, SecurityProfile, SeLinuxOptions } from '../runtime/config.ts';

/** What an ordinary container must not see of the node; the defaults of every runtime. */
const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
] as const;
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'] as const;

export function namespaceOptions({ spec }: Pod, targetId?: string): NamespaceOptions {
  const network = spec.hostNetwork ? 'node' : 'pod';
  const ipc = spec.hostIPC ? 'node' : 'pod';
  if (targetId !== undefined) return { network, ipc, pid: 'target', targetId };
  return { network, ipc, pid: spec.hostPID ? 'node' : spec.shareProcessNamespace ? 'pod' : 'container' };
}

export const seccompProfile = (profile: SeccompProfile | undefined, localRoot: string): SecurityProfile => {
  if (profile?.type === 'RuntimeDefault') return { kind: 'RuntimeDefault' };
  if (profile?.type === 'Localhost')
    return { kind: 'Localhost', localhostRef: `${localRoot}/${profile.localhostProfile ?? ''}` };
  return { kind: 'Unconfined' };
};

export const seLinuxOptions = (options: SELinuxOptions | undefined): SeLinuxOptions | undefined =>
  options && {
    user: options.user ?? '',
    role: options.role ?? '',
    type: options.type ?? '',
    level: options.level ?? '',
  };

export function containerSecurity(
  pod: Pod,
  container: Container,
  seccompRoot: string,
  targetId?: string,
): ContainerSecurity {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const privileged = own.privileged ?? false;
  const unmasked = own.procMount === 'Unmasked' || privileged;
  const groups = [...(shared.supplementalGroups ?? []), ...(shared.fsGroup === undefined ? [] : [shared.fsGroup])];
  const appArmor = own.appArmorProfile ?? shared.appArmorProfile;
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  return {
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    privileged,
    namespaces: namespaceOptions(pod, targetId),
    runAsUser,
    // CRI refuses a group without a user.
    runAsGroup: runAsUser === undefined ? undefined : runAsGroup,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    supplementalGroups: groups,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    maskedPaths: unmasked ? [] : MASKED_PATHS,
    readonlyPaths: unmasked ? [] : READONLY_PATHS,
    seccomp: privileged
      ? { kind: 'Unconfined' }
      : seccompProfile(own.seccompProfile ?? shared.seccompProfile, seccompRoot),
    ...(appArmor === undefined
      ? {}
      : { appArmor: { kind: appArmorKind(appArmor.type), localhostRef: appArmor.localhostProfile } }),
    seLinux: seLinuxOptions(own.seLinuxOptions ?? shared.seLinuxOptions),
  };
}
const appArmorKind = (type: string): SecurityProfile['kind'] =>
  type === 'Localhost' || type === 'Unconfined' ? type : 'RuntimeDefault';

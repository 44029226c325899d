/** Kernel settings that a pod may ask for without the operator's consent ("Safe and unsafe sysctls"). Pure. */
import type { Pod } from '@steersman/api';

type KernelNamespace = 'ipc' | 'net';
/** Kept apart by a namespace that every pod has of its own, and unable to harm the node. */
const SAFE: ReadonlyMap<string, KernelNamespace> = new Map([
  ['kernel.shm_rmid_forced', 'ipc'],
  ['net.ipv4.ip_local_port_range', 'net'],
  ['net.ipv4.ip_local_reserved_ports', 'net'],
  ['net.ipv4.ip_unprivileged_port_start', 'net'],
  ['net.ipv4.ping_group_range', 'net'],
  ['net.ipv4.tcp_fin_timeout', 'net'],
  ['net.ipv4.tcp_keepalive_intvl', 'net'],
  ['net.ipv4.tcp_keepalive_probes', 'net'],
  ['net.ipv4.tcp_keepalive_time', 'net'],
  ['net.ipv4.tcp_rmem', 'net'],
  ['net.ipv4.tcp_syncookies', 'net'],
  ['net.ipv4.tcp_wmem', 'net'],
]);

/** `net/ipv4/x` and `net.ipv4.x` are the same; the first separator says which one it is. */
function normalised(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  return first === '/' ? name.replaceAll(/[./]/g, (each) => (each === '/' ? '.' : '/')) : name;
}

/** Why the node must not run the pod; undefined when it may. */
export function sysctlFault({ spec }: Pod): string | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const shown = normalised(name);
    const kind = SAFE.get(shown);
    if (kind === undefined) return `forbidden sysctl: "${shown}" not allowlisted`;
    if (kind === 'ipc' && spec.hostIPC) return `forbidden sysctl: "${shown}" not allowed with host ipc enabled`;
    if (kind === 'net' && spec.hostNetwork) return `forbidden sysctl: "${shown}" not allowed with host net enabled`;
  }
  return undefined;
}

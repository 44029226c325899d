/** The baseline level: what prevents known privilege escalations ("Pod Security Standards"). */
import type { Pod, SecurityContext } from '@steersman/api';
import {
  type Check,
  containersOf,
  containersText,
  isInUserNamespace,
  namesWhere,
  quoted,
  settersText,
  unique,
} from './check.ts';

const DEFAULT_CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t']);
/** Sysctls that touch only the pod, and the policy version that has them first. */
const SYSCTLS: Readonly<Record<string, number>> = {
  'kernel.shm_rmid_forced': 0,
  'net.ipv4.ip_local_port_range': 0,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
};
const APPARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';

export const baselineChecks: readonly Check[] = [
  { id: 'appArmorProfile', level: 'baseline', since: 0, find: appArmor },
  { id: 'capabilities_baseline', level: 'baseline', since: 0, find: capabilities },
  { id: 'hostNamespaces', level: 'baseline', since: 0, find: hostNamespaces },
  { id: 'hostPathVolumes', level: 'baseline', since: 0, find: hostPaths },
  { id: 'hostPorts', level: 'baseline', since: 0, find: hostPorts },
  { id: 'hostProbesAndHostLifecycle', level: 'baseline', since: 34, find: hostProbes },
  { id: 'privileged', level: 'baseline', since: 0, find: privileged },
  { id: 'procMount_baseline', level: 'baseline', since: 0, find: procMountOfHost },
  { id: 'seLinuxOptions', level: 'baseline', since: 0, find: seLinux },
  { id: 'seccompProfile_baseline', level: 'baseline', since: 0, find: seccomp },
  { id: 'sysctls', level: 'baseline', since: 0, find: sysctls },
  { id: 'windowsHostProcess', level: 'baseline', since: 0, find: windowsHostProcess },
];

function hostNamespaces({ spec }: Pod) {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true);
  return used.length === 0
    ? undefined
    : { reason: 'host namespaces', detail: used.map((field) => `${field}=true`).join(', ') };
}

function privileged(pod: Pod) {
  const names = namesWhere(pod, ({ securityContext }) => securityContext?.privileged === true);
  return names.length === 0
    ? undefined
    : { reason: 'privileged', detail: `${containersText(names)} must not set securityContext.privileged=true` };
}

function capabilities(pod: Pod) {
  const added = (context: SecurityContext | undefined) =>
    (context?.capabilities?.add ?? []).filter((name) => !DEFAULT_CAPABILITIES.has(name));
  const names = namesWhere(pod, ({ securityContext }) => added(securityContext).length > 0);
  if (names.length === 0) return undefined;
  const all = unique(containersOf(pod).flatMap(({ securityContext }) => added(securityContext)));
  return {
    reason: 'non-default capabilities',
    detail: `${containersText(names)} must not include ${quoted(all)} in securityContext.capabilities.add`,
  };
}

function hostPaths({ spec }: Pod) {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  return names.length === 0
    ? undefined
    : { reason: 'hostPath volumes', detail: `${names.length === 1 ? 'volume' : 'volumes'} ${quoted(names)}` };
}

function hostPorts(pod: Pod) {
  const portsOf = (container: ReturnType<typeof containersOf>[number]) =>
    (container.ports ?? []).flatMap(({ hostPort }) => (hostPort ? [hostPort] : []));
  const names = namesWhere(pod, (container) => portsOf(container).length > 0);
  if (names.length === 0) return undefined;
  const ports = unique(containersOf(pod).flatMap(portsOf).map(String));
  const uses = `${names.length === 1 ? 'uses' : 'use'} ${ports.length === 1 ? 'hostPort' : 'hostPorts'}`;
  return { reason: 'hostPort', detail: `${containersText(names)} ${uses} ${ports.join(', ')}` };
}

/** A probe or hook that names a host lets the kubelet call anybody. */
function hostProbes(pod: Pod) {
  const hostsOf = ({
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle,
  }: ReturnType<typeof containersOf>[number]) =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) =>
      [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host): host is string => Boolean(host)),
    );
  const names = unique(namesWhere(pod, (container) => hostsOf(container).length > 0));
  if (names.length === 0) return undefined;
  const hosts = unique(containersOf(pod).flatMap(hostsOf));
  const uses = `${names.length === 1 ? 'uses' : 'use'} probe or lifecycle ${hosts.length === 1 ? 'host' : 'hosts'}`;
  return { reason: 'probe or lifecycle host', detail: `${containersText(names)} ${uses} ${quoted(hosts)}` };
}

function appArmor(pod: Pod) {
  const typeOf = (context: SecurityContext | Pod['spec']['securityContext']) => context?.appArmorProfile?.type;
  const isBad = (type: string | undefined) =>
    type !== undefined && type !== '' && type !== 'RuntimeDefault' && type !== 'Localhost';
  const byPod = isBad(typeOf(pod.spec.securityContext));
  const names = namesWhere(pod, ({ securityContext }) => isBad(typeOf(securityContext)));
  const types = [pod.spec.securityContext, ...containersOf(pod).map(({ securityContext }) => securityContext)]
    .map(typeOf)
    .filter((type): type is string => isBad(type));
  const annotations = Object.entries(pod.metadata.annotations ?? {})
    .filter(
      ([key, value]) =>
        key.startsWith(APPARMOR_PREFIX) &&
        value !== '' &&
        value !== 'runtime/default' &&
        !value.startsWith('localhost/'),
    )
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const values = [...unique(types), ...annotations.toSorted()];
  if (values.length === 0) return undefined;
  const setters = [
    ...(byPod || names.length > 0 ? [settersText(byPod, names)] : []),
    ...(annotations.length === 0 ? [] : [annotations.length === 1 ? 'annotation' : 'annotations']),
  ];
  return {
    reason: values.length === 1 ? 'forbidden AppArmor profile' : 'forbidden AppArmor profiles',
    detail: `${setters.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
}

function seLinux(pod: Pod, version: number) {
  const contexts = [pod.spec.securityContext, ...containersOf(pod).map(({ securityContext }) => securityContext)];
  const options = contexts.flatMap((context) =>
    context?.seLinuxOptions === undefined ? [] : [context.seLinuxOptions],
  );
  const allowed = (type: string) => SELINUX_TYPES.has(type) || (version >= 31 && type === 'container_engine_t');
  const types = unique(options.flatMap(({ type = '' }) => (allowed(type) ? [] : [type])));
  const user = options.some((option) => Boolean(option.user));
  const role = options.some((option) => Boolean(option.role));
  if (types.length === 0 && !user && !role) return undefined;
  const isBad = (option: (typeof options)[number] | undefined) =>
    option !== undefined && (!allowed(option.type ?? '') || Boolean(option.user) || Boolean(option.role));
  const names = namesWhere(pod, ({ securityContext }) => isBad(securityContext?.seLinuxOptions));
  const faults = [
    ...(types.length > 0 ? [`${types.length === 1 ? 'type' : 'types'} ${quoted(types)}`] : []),
    ...(user ? ['user may not be set'] : []),
    ...(role ? ['role may not be set'] : []),
  ];
  const who = settersText(isBad(pod.spec.securityContext?.seLinuxOptions), names);
  return {
    reason: 'seLinuxOptions',
    detail: `${who} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`,
  };
}

function procMountOfHost(pod: Pod, version: number) {
  return isInUserNamespace(pod, version) ? undefined : procMount(pod);
}

export function procMount(pod: Pod) {
  const kinds = (context: SecurityContext | undefined) =>
    context?.procMount === undefined || context.procMount === 'Default' ? [] : [context.procMount];
  const names = namesWhere(pod, ({ securityContext }) => kinds(securityContext).length > 0);
  if (names.length === 0) return undefined;
  const all = unique(containersOf(pod).flatMap(({ securityContext }) => kinds(securityContext)));
  return {
    reason: 'procMount',
    detail: `${containersText(names)} must not set securityContext.procMount to ${quoted(all)}`,
  };
}

/** Before v1.19 profiles were annotations. */
function seccomp(pod: Pod, version: number) {
  if (version < 19) {
    const allowed = (value: string) =>
      value === 'docker/default' || value === 'runtime/default' || value.startsWith('localhost/');
    const keys = [SECCOMP_POD, ...containersOf(pod).map(({ name }) => SECCOMP_PREFIX + name)];
    const bad = unique(
      keys.flatMap((key) => {
        const value = pod.metadata.annotations?.[key];
        return value === undefined || allowed(value) ? [] : [`${key}=${JSON.stringify(value)}`];
      }),
    );
    const detail = `forbidden ${bad.length === 1 ? 'annotation' : 'annotations'} ${bad.join(', ')}`;
    return bad.length === 0 ? undefined : { reason: 'seccompProfile', detail };
  }
  const isBad = (context: { readonly seccompProfile?: { readonly type: string } | undefined } | undefined) => {
    const type = context?.seccompProfile?.type;
    return type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
  };
  const names = namesWhere(pod, ({ securityContext }) => isBad(securityContext));
  const byPod = isBad(pod.spec.securityContext);
  if (!byPod && names.length === 0) return undefined;
  const contexts = [pod.spec.securityContext, ...containersOf(pod).map(({ securityContext }) => securityContext)];
  const values = unique(contexts.filter(isBad).map((context) => context?.seccompProfile?.type ?? ''));
  return {
    reason: 'seccompProfile',
    detail: `${settersText(byPod, names)} must not set securityContext.seccompProfile.type to ${quoted(values)}`,
  };
}

function sysctls({ spec }: Pod, version: number) {
  const bad = (spec.securityContext?.sysctls ?? [])
    .map(({ name }) => name)
    .filter((name) => !((SYSCTLS[name] ?? Number.POSITIVE_INFINITY) <= version) || SYSCTLS[name] === undefined);
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
}

function windowsHostProcess(pod: Pod) {
  const names = namesWhere(pod, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  const byPod = pod.spec.securityContext?.windowsOptions?.hostProcess === true;
  if (!byPod && names.length === 0) return undefined;
  return {
    reason: 'hostProcess',
    detail: `${settersText(byPod, names)} must not set securityContext.windowsOptions.hostProcess=true`,
  };
}

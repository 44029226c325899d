/**
 * Namespaced hosts: nodes made of Linux namespaces. What the machine and a host look like is planned here as shell and
 * `ip` batch text; nothing in this file runs anything.
 */
import { createHash } from 'node:crypto';

/** Where things lie inside every host, as on a machine of its own. */
export const HOST_PATHS = {
  containerdState: '/run/containerd',
  containerdSocket: '/run/containerd/containerd.sock',
  cniConfigs: '/etc/cni/net.d',
  kubelet: '/var/lib/kubelet',
} as const;

/** Folders of the machine that a host sees its own version of: path inside, folder below the node's data. */
export const HOST_BINDS: readonly (readonly [inside: string, own: string])[] = [
  ['/var/lib/cni', 'cni'],
  ['/etc/cni/net.d', 'net.d'],
  ['/var/lib/kubelet', 'kubelet'],
  ['/var/log', 'log'],
];

export interface HostPlan {
  readonly name: string;
  /** The node's folder below the data folder. */
  readonly folder: string;
  /** The program that holds the namespaces as PID 1. */
  readonly init: string;
  /** Own network namespace; false for the node that uses the machine's network. */
  readonly ownNetwork: boolean;
}

/** The `unshare` command that makes the host; its standard output says `ready` once everything is mounted. */
export function hostCommand(plan: HostPlan): readonly string[] {
  const namespaces = ['--mount', '--ipc', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const network = plan.ownNetwork ? ['--net', '--uts'] : [];
  return ['unshare', ...namespaces, ...network, 'sh', '-ec', setupScript(plan), 'sh', plan.init];
}

/**
 * Runs inside the fresh namespaces. Mounts made outside still arrive (slave); inside they are shared, so that
 * volumes reach containers. /run, /var/lib/cni and the others are private because containerd, its shims and the CNI
 * plugins use these paths whatever they are configured to.
 */
function setupScript({ name, folder, ownNetwork }: HostPlan): string {
  const binds = HOST_BINDS.map(([inside, own]) => `mount --bind ${quote(`${folder}/${own}`)} ${inside}`);
  const network = ownNetwork ? [`hostname ${quote(name)}`, ...OWN_NETWORK] : [];
  return [
    'mount --make-rslave /',
    ...network,
    'resolvers=$(readlink -f /etc/resolv.conf || true)',
    'content=$(cat /etc/resolv.conf 2>/dev/null || true)',
    'mount -t tmpfs -o mode=755 tmpfs /run',
    'mkdir -p /run/lock /run/netns /run/containerd /run/steersman',
    // With systemd-resolved, /etc/resolv.conf is a link into the machine's /run, which has just been covered.
    'case "$resolvers" in /run/*) mkdir -p "$(dirname "$resolvers")"; printf "%s\\n" "$content" >"$resolvers" ;; esac',
    ...binds,
    'mount --make-rshared /',
    'echo ready',
    'exec "$1" </dev/null >/dev/null 2>&1',
  ].join('\n');
}

/** A network namespace wants its own /sys (for /sys/class/net), with the machine's cgroups put back into it. */
const OWN_NETWORK = [
  'aside=$(mktemp -d /dev/shm/steersman.XXXXXX)',
  'mount --rbind /sys/fs/cgroup "$aside"',
  'mount -t sysfs sysfs /sys',
  'mount --rbind "$aside" /sys/fs/cgroup',
  'umount -l "$aside"',
  'rmdir "$aside"',
  'ip link set lo up',
  'echo 1 > /proc/sys/net/ipv4/ip_forward',
  'for file in /proc/sys/net/bridge/bridge-nf-call-iptables; do [ ! -e $file ] || echo 1 > $file; done',
];

/** The network that joins hosts: a bridge on the machine, without a route out of it. */
export interface HostNetwork {
  readonly bridge: string;
  /** For example 10.245.0.0/24; the machine itself has the first address. */
  readonly cidr: string;
}

/** A name for a network device that belongs to one cluster: short, and the same every time. */
export function deviceName(clusterFolder: string, suffix: string): string {
  const hash = createHash('sha256').update(clusterFolder).digest('hex').slice(0, 7);
  return `st${hash}${suffix}`; // At most 15 characters (IFNAMSIZ), so a suffix has at most six.
}

/** `ip -batch` line that makes the bridge's device; fails when it is there. */
export function bridgeBatch({ bridge }: HostNetwork): string {
  return `link add name ${bridge} type bridge\n`;
}

/**
 * `ip -batch` lines that set the bridge up, with the machine's own address and `more`; may be repeated, so that an interrupted
 * `up` can be completed.
 */
export function bridgeSetupBatch({ bridge, cidr }: HostNetwork, more: readonly string[] = []): string {
  const [network = '', bits] = cidr.split('/');
  const addresses = [hostAddress(network, 1), ...more];
  return [
    `link set ${bridge} up`,
    ...addresses.map((address) => `address replace ${address}/${bits} dev ${bridge}`),
    '',
  ].join('\n');
}

/** `ip -batch` line that makes a cable into the host whose PID 1 is `pid`; fails when it is there. */
export function cableBatch(device: string, pid: number): string {
  return `link add name ${device} type veth peer name eth0 netns ${pid}\n`;
}

/** `ip -batch` line that plugs the cable into the bridge; may be repeated. */
export function plugBatch({ bridge }: HostNetwork, device: string): string {
  return `link set ${device} master ${bridge} up\n`;
}

/** `ip -batch` lines for inside the host: its address, and nothing that leads out; may be repeated. */
export function hostBatch({ cidr }: HostNetwork, address: string): string {
  return [`address replace ${address}/${cidr.split('/')[1]} dev eth0`, 'link set eth0 up', ''].join('\n');
}

/** The n-th address of an IPv4 network. */
export function hostAddress(network: string, n: number): string {
  const value =
    network
      .split('/')[0]!
      .split('.')
      .reduce((sum, part) => sum * 256 + Number(part), 0) + n;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

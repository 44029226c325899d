/** Which programs of the operating system a node needs, and in which Debian package each is. */
export interface Need {
  readonly program: string;
  readonly debianPackage: string;
}

/** What a node with real containers needs. */
export const NODE_NEEDS: readonly Need[] = [
  { program: 'containerd', debianPackage: 'containerd' },
  { program: 'ctr', debianPackage: 'containerd' },
  { program: 'runc', debianPackage: 'runc' },
  { program: '/usr/lib/cni/host-local', debianPackage: 'containernetworking-plugins' },
  { program: '/usr/lib/cni/ptp', debianPackage: 'containernetworking-plugins' },
  { program: 'nft', debianPackage: 'nftables' },
  { program: 'iptables', debianPackage: 'iptables' },
  { program: 'ip', debianPackage: 'iproute2' },
  { program: 'conntrack', debianPackage: 'conntrack' },
  { program: 'mount', debianPackage: 'mount' },
  { program: 'unshare', debianPackage: 'util-linux' },
  { program: 'nsenter', debianPackage: 'util-linux' },
  { program: 'busybox', debianPackage: 'busybox-static' },
];

/** What a cluster needs that keeps its objects in etcd. */
export const ETCD_NEEDS: readonly Need[] = [{ program: 'etcd', debianPackage: 'etcd-server' }];

/** The packages to install, each once, in the order of the table. `has` answers whether a program is there. */
export function missingPackages(needs: readonly Need[], has: (program: string) => boolean): readonly string[] {
  return [...new Set(needs.filter((need) => !has(need.program)).map((need) => need.debianPackage))];
}

/** One line that names everything missing, the flag that installs it, and what works without. */
export function missingPackagesMessage(packages: readonly string[], instead: string): string {
  const list = packages.join(' ');
  return `missing packages: ${list}; run again with --install, or: apt-get install ${list}, or use ${instead}`;
}

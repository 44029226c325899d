/** A pod's /etc/hosts. Pods in the node's network start from the node's own file. */
import type { HostAlias } from '@steersman/api';

export interface HostsFileInput {
  readonly podIps: readonly string[];
  readonly hostname: string;
  /** With the pod's subdomain, when it has one. */
  readonly fqdn?: string | undefined;
  readonly aliases: readonly HostAlias[];
  /** The node's file, for pods in its network. */
  readonly nodeFile?: string | undefined;
}

export function hostsFile({ podIps, hostname, fqdn, aliases, nodeFile }: HostsFileInput): string {
  const lines =
    nodeFile === undefined
      ? ownLines(podIps, hostname, fqdn)
      : ['# Kubernetes-managed hosts file (host network).', nodeFile.trimEnd()];
  if (aliases.length > 0) {
    lines.push('', '# Entries added by HostAliases.');
    for (const { ip, hostnames = [] } of aliases) lines.push([ip, ...hostnames].join('\t'));
  }
  return `${lines.join('\n')}\n`;
}

const ownLines = (podIps: readonly string[], hostname: string, fqdn: string | undefined): string[] => [
  '# Kubernetes-managed hosts file.',
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
  ...podIps.map((ip) => [ip, ...(fqdn === undefined ? [] : [fqdn]), hostname].join('\t')),
];

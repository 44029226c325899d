/** What pods with `dnsPolicy: Default`, cluster DNS among them, resolve names with. */

/** Where systemd-resolved keeps the resolvers that it asks itself. */
export const UPSTREAM_RESOLVERS = '/run/systemd/resolve/resolv.conf';

/**
 * The resolver file for a node's pods. A resolver on loopback (systemd-resolved, dnsmasq) cannot be reached from a pod; then
 * the ones behind it are taken, where they are known.
 */
export function podResolvers(machine: string, behindStub: string | undefined): string {
  if (behindStub !== undefined && nameservers(machine).every(isLoopback) && nameservers(behindStub).length > 0)
    return behindStub;
  const lines = machine.split('\n').filter((line) => !nameservers(line).some(isLoopback));
  return `${lines.join('\n').trimEnd()}\n`;
}

function nameservers(text: string): readonly string[] {
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1]!);
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** Which UDP flows are stale after a change. Pure. */
import type { ServicePort } from './contract.ts';

export interface StaleFlow {
  /** The address clients asked for; undefined: any (node ports). */
  readonly address?: string;
  readonly port: number;
  /** Only flows to this endpoint; undefined: all flows to the address. */
  readonly endpoint?: string;
}

/**
 * Flows to endpoints that have gone, and flows to addresses that had no endpoint until now: those were refused or sent out, and
 * their entries would keep doing so.
 */
export function staleUdpFlows(before: readonly ServicePort[], after: readonly ServicePort[]): StaleFlow[] {
  const next = new Map(after.map((port) => [port.key, port]));
  const stale: StaleFlow[] = [];
  for (const old of before) {
    if (old.protocol !== 'udp') continue;
    const now = next.get(old.key);
    const left = new Set(now?.endpoints.map(({ address, port }) => `${address} ${port}`));
    for (const { address: endpoint, port } of old.endpoints)
      if (!left.has(`${endpoint} ${port}`)) stale.push(...flowsOf(old, endpoint));
    if (old.endpoints.length === 0 && now !== undefined && now.endpoints.length > 0) stale.push(...flowsOf(now));
  }
  return stale;
}

function flowsOf(service: ServicePort, endpoint?: string): StaleFlow[] {
  const about = endpoint === undefined ? {} : { endpoint };
  const addresses = [service.clusterIP, ...service.externalIPs, ...service.loadBalancerIPs];
  const flows: StaleFlow[] = addresses.map((address) => ({ address, port: service.port, ...about }));
  if (service.nodePort !== undefined) flows.push({ port: service.nodePort, ...about });
  return flows;
}

/** From service ports to the wanted ruleset. Pure: the same ports give the same rules, whatever was there before. */
import { createHash } from 'node:crypto';
import type { Endpoint, ServicePort } from '../contract.ts';
import type { BaseMap, Family, Ruleset } from './ruleset.ts';

/** nft names may be longer, but a list of rules should stay readable. */
const NAME_LENGTH_MAX = 100;

export interface PlanOptions {
  readonly family: Family;
  /** The pods' range; traffic from elsewhere to a cluster IP is masqueraded. Undefined: all traffic counts as the pods'. */
  readonly clusterRange: string | undefined;
}

class Draft {
  readonly chains = new Map<string, string[]>();
  readonly maps: Record<BaseMap, Map<string, string>> = {
    'service-ips': new Map(),
    'service-nodeports': new Map(),
    'no-endpoint-services': new Map(),
    'no-endpoint-nodeports': new Map(),
    hairpin: new Map(),
  };
  readonly affinity = new Map<string, number>();
}

/** Decides the ruleset for these ports. */
export function planRuleset(ports: readonly ServicePort[], options: PlanOptions): Ruleset {
  const draft = new Draft();
  for (const port of ports) planPort(draft, port, options);
  return draft;
}

function planPort(draft: Draft, port: ServicePort, options: PlanOptions): void {
  for (const { address } of [...port.endpoints, ...port.localEndpoints])
    draft.maps.hairpin.set(`${address} . ${address}`, '');
  const external = [...port.externalIPs, ...port.loadBalancerIPs];
  if (port.endpoints.length === 0) {
    // The cluster IP needs no entry: whatever no Service serves in the service range is refused.
    for (const address of external) draft.maps['no-endpoint-services'].set(target(address, port), 'goto refuse');
    if (port.nodePort !== undefined) draft.maps['no-endpoint-nodeports'].set(nodeTarget(port), 'goto refuse');
    return;
  }
  const cluster = chainName('svc', port);
  draft.chains.set(cluster, [
    ...masqueradeOutsiders(port, options),
    ...balance(draft, port, port.endpoints, cluster, options),
  ]);
  draft.maps['service-ips'].set(target(port.clusterIP, port), `goto ${internalChain(draft, port, cluster, options)}`);
  if (external.length === 0 && port.nodePort === undefined) return;
  const outer = externalChain(draft, port, cluster, options);
  for (const address of port.externalIPs) draft.maps['service-ips'].set(target(address, port), `goto ${outer}`);
  for (const address of port.loadBalancerIPs)
    draft.maps['service-ips'].set(target(address, port), `goto ${guarded(draft, port, outer, options)}`);
  if (port.nodePort !== undefined) draft.maps['service-nodeports'].set(nodeTarget(port), `goto ${outer}`);
}

const target = (address: string, { protocol, port }: ServicePort): string => `${address} . ${protocol} . ${port}`;
const nodeTarget = ({ protocol, nodePort }: ServicePort): string => `${protocol} . ${nodePort}`;

/** A chain name that tells which Service it is for; the hash keeps cut names apart. */
function chainName(kind: string, port: ServicePort, suffix = ''): string {
  const text = `${port.namespace}/${port.name}/${port.protocol}/${port.portName}${suffix}`;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return `${kind}-${hash}-${text}`.replace(/[^a-zA-Z0-9/._-]/g, '_').slice(0, NAME_LENGTH_MAX);
}

function masqueradeOutsiders(port: ServicePort, { family, clusterRange }: PlanOptions): string[] {
  if (clusterRange === undefined) return [];
  return [`${family.table} daddr ${port.clusterIP} ${family.table} saddr != ${clusterRange} jump mark-for-masquerade`];
}

/** Where traffic from inside goes: with policy Local only to this node, and nowhere if nothing runs here (KEP-2086). */
function internalChain(draft: Draft, port: ServicePort, cluster: string, options: PlanOptions): string {
  if (!port.internalLocal) return cluster;
  const name = chainName('int', port);
  const rules = port.localEndpoints.length === 0 ? ['drop'] : balance(draft, port, port.localEndpoints, name, options);
  draft.chains.set(name, [...masqueradeOutsiders(port, options), ...rules]);
  return name;
}

/** Where traffic to node ports and external addresses goes. */
function externalChain(draft: Draft, port: ServicePort, cluster: string, options: PlanOptions): string {
  const name = chainName('ext', port);
  if (!port.externalLocal) {
    draft.chains.set(name, ['jump mark-for-masquerade', `goto ${cluster}`]);
    return name;
  }
  const { family, clusterRange } = options;
  // Pods and the node itself are inside: they may use every endpoint (KEP-1435 kept this behaviour).
  const inside = clusterRange === undefined ? [] : [`${family.table} saddr ${clusterRange} goto ${cluster}`];
  const rules = port.localEndpoints.length === 0 ? ['drop'] : balance(draft, port, port.localEndpoints, name, options);
  const fromNode = ['fib saddr type local jump mark-for-masquerade', `fib saddr type local goto ${cluster}`];
  draft.chains.set(name, [...inside, ...fromNode, ...rules]);
  return name;
}

/** With source ranges, a chain in front that drops everyone else. */
function guarded(draft: Draft, port: ServicePort, outer: string, { family }: PlanOptions): string {
  if (port.sourceRanges.length === 0) return outer;
  const name = chainName('fw', port);
  draft.chains.set(name, [
    `${family.table} saddr != { ${[...port.sourceRanges].sort().join(', ')} } drop`,
    `goto ${outer}`,
  ]);
  return name;
}

/** Rules that send a new connection to one of the endpoints, each as likely as the others. */
function balance(
  draft: Draft,
  port: ServicePort,
  endpoints: readonly Endpoint[],
  owner: string,
  options: PlanOptions,
): string[] {
  if (port.affinitySeconds !== undefined) return balanceWithAffinity(draft, port, endpoints, owner, options);
  const { table } = options.family;
  const destinations = endpoints.map(({ address, port: number }) => `${address} . ${number}`);
  const to =
    destinations.length === 1
      ? destinationText(endpoints[0]!)
      : `numgen random mod ${destinations.length} map { ${destinations.map((text, index) => `${index} : ${text}`).join(', ')} }`;
  return [`meta l4proto ${port.protocol} dnat ${table} to ${to}`];
}

function destinationText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A client that was seen within the timeout goes where it went before; each endpoint remembers its clients. */
function balanceWithAffinity(
  draft: Draft,
  port: ServicePort,
  endpoints: readonly Endpoint[],
  owner: string,
  { family }: PlanOptions,
): string[] {
  const seconds = port.affinitySeconds ?? 0;
  const local = owner.startsWith('svc') ? '' : '/local';
  const chains = endpoints.map((endpoint) => {
    const suffix = `/${endpoint.address}/${endpoint.port}`;
    const chain = chainName('ep', port, suffix + local);
    const set = chainName('aff', port, `${suffix}/${seconds}`);
    draft.affinity.set(set, seconds);
    draft.chains.set(chain, [
      `update @${set} { ${family.table} saddr }`,
      `meta l4proto ${port.protocol} dnat ${family.table} to ${destinationText(endpoint)}`,
    ]);
    return { chain, set };
  });
  const remembered = chains.map(({ chain, set }) => `${family.table} saddr @${set} goto ${chain}`);
  const choices = chains.map(({ chain }, index) => `${index} : goto ${chain}`).join(', ');
  const [only] = chains;
  if (chains.length === 1 && only !== undefined) return [`goto ${only.chain}`];
  return [...remembered, `numgen random mod ${chains.length} vmap { ${choices} }`];
}

/**
 * The network of a node: which CNI configuration its runtime gets, which routes lead to the pods of other nodes, what is
 * masqueraded. Pods hang on routed cables (the `ptp` plugin), so that no bridge hides packets from the node's packet filter.
 */
export interface NodeAddress {
  readonly name: string;
  readonly podCidr: string;
  readonly address: string;
}

export interface NodeNetwork {
  readonly podCidr: string;
  /** Pod ranges of the other nodes by the address that leads to them. */
  readonly routes: readonly { readonly destination: string; readonly via: string }[];
}

/** Where the address plugin keeps its reservations: in the node's private /run, which a restart of the machine empties. */
const RESERVATIONS = '/run/steersman/ipam';
const CNI_VERSION = '1.0.0';

/** What the node should have, given all nodes that have a pod range; undefined until it has one itself. */
export function planNodeNetwork(own: string, nodes: readonly NodeAddress[]): NodeNetwork | undefined {
  const self = nodes.find((node) => node.name === own);
  if (self === undefined) return undefined;
  return { podCidr: self.podCidr, routes: routesTo(nodes.filter((node) => node.address !== self.address)) };
}

/** Routes to the pods of the nodes, in a stable order. */
export function routesTo(nodes: readonly NodeAddress[]): NodeNetwork['routes'] {
  return nodes
    .map((node) => ({ destination: node.podCidr, via: node.address }))
    .sort((a, b) => (a.destination < b.destination ? -1 : 1));
}

/** The CNI configuration list as a file. */
export function cniConfigText(podCidr: string): string {
  const addresses = {
    type: 'host-local',
    dataDir: RESERVATIONS,
    ranges: [[{ subnet: podCidr }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  const plugins = [
    { type: 'ptp', ipMasq: false, ipam: addresses },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  return `${JSON.stringify({ cniVersion: CNI_VERSION, name: 'steersman', plugins }, undefined, 2)}\n`;
}

/** `ip -batch` lines that turn the routes `before` into `after`. */
export function routeBatch(before: NodeNetwork['routes'], after: NodeNetwork['routes']): string {
  const wanted = new Map(after.map((route) => [route.destination, route.via]));
  const gone = before
    .filter((route) => !wanted.has(route.destination))
    .map((route) => `route del ${route.destination}`);
  return [...gone, ...after.map((route) => `route replace ${route.destination} via ${route.via}`), ''].join('\n');
}

export interface Masquerading {
  readonly table: string;
  readonly podCidr: string;
  /** Ranges inside the cluster, which must see pods under their own addresses. */
  readonly inside: readonly string[];
}

/** nftables text that lets pods reach the world under the machine's address; replaces an earlier table of the same name. */
export function masqueradeRules({ table, podCidr, inside }: Masquerading): string {
  return [
    `add table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    '  chain postrouting {',
    '    type nat hook postrouting priority 100; policy accept;',
    `    ip saddr ${podCidr} ip daddr != { ${inside.join(', ')} } masquerade`,
    '  }',
    '}',
    '',
  ].join('\n');
}

/**
 * iptables arguments (after `-I FORWARD` or `-D FORWARD`) that let pods' packets through where something else, usually
 * Docker, has made the machine drop what it forwards.
 */
export function forwardRules(podCidr: string, comment: string): readonly (readonly string[])[] {
  const rule = (direction: '-s' | '-d') => [direction, podCidr, '-m', 'comment', '--comment', comment, '-j', 'ACCEPT'];
  return [rule('-s'), rule('-d')];
}

/** What kube-proxy wants its nftables table to hold, as plain data that two versions of can be compared. */

/** Elements by key; the value is a verdict for maps, empty for sets. */
export type Elements = ReadonlyMap<string, string>;

/** Names of the maps and sets that every table has; `base.ts` declares them. */
export type BaseMap =
  | 'service-ips'
  | 'service-nodeports'
  | 'no-endpoint-services'
  | 'no-endpoint-nodeports'
  | 'hairpin';

export interface Ruleset {
  /** Rules by chain, in order. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  readonly maps: Readonly<Record<BaseMap, Elements>>;
  /** Session affinity: one set of client addresses per endpoint; the value is the timeout in seconds. */
  readonly affinity: ReadonlyMap<string, number>;
}

export const emptyRuleset: Ruleset = {
  chains: new Map(),
  maps: {
    'service-ips': new Map(),
    'service-nodeports': new Map(),
    'no-endpoint-services': new Map(),
    'no-endpoint-nodeports': new Map(),
    hairpin: new Map(),
  },
  affinity: new Map(),
};

/** The address family of a table, in nft's words. */
export interface Family {
  readonly table: 'ip' | 'ip6';
  readonly addressType: 'ipv4_addr' | 'ipv6_addr';
  readonly loopback: string;
}
export const IPV4: Family = { table: 'ip', addressType: 'ipv4_addr', loopback: '127.0.0.0/8' };
export const IPV6: Family = { table: 'ip6', addressType: 'ipv6_addr', loopback: '::1' };

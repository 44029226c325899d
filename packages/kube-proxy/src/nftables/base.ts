/** The part of the table that does not depend on Services: hooks, maps, masquerading, rejection. */
import type { Family } from './ruleset.ts';

/** Set on packets whose source address must become the node's; upstream uses the same bit. */
export const MASQUERADE_MARK = '0x4000';
export const TABLE = 'kube-proxy';

export interface BaseOptions {
  readonly family: Family;
  /** Addresses in it that no Service owns are refused at the node and never leave it; undefined: not known. */
  readonly serviceRange: string | undefined;
}

/**
 * Commands that replace the whole table by an empty one, in the transaction they are part of. The output hook has a
 * number for its priority because nft 1.0.6 knows `dstnat` only in prerouting.
 */
export function baseCommands({ family, serviceRange }: BaseOptions): string[] {
  const { table, addressType, loopback } = family;
  const t = `${table} ${TABLE}`;
  const key = `${addressType} . inet_proto . inet_service`;
  const chain = (name: string, ...rules: readonly string[]) => [
    `add chain ${t} ${name}`,
    ...rules.map((rule) => `add rule ${t} ${name} ${rule}`),
  ];
  const hook = (name: string, type: string, on: string, priority: number) =>
    `add chain ${t} ${name} { type ${type} hook ${on} priority ${priority} ; }`;
  const service = `${table} daddr . meta l4proto . th dport`;
  return [
    `add table ${t}`,
    `delete table ${t}`,
    `add table ${t} { comment "rules for Services, written by Steersman's kube-proxy" ; }`,
    `add map ${t} service-ips { type ${key} : verdict ; }`,
    `add map ${t} service-nodeports { type inet_proto . inet_service : verdict ; }`,
    `add map ${t} no-endpoint-services { type ${key} : verdict ; }`,
    `add map ${t} no-endpoint-nodeports { type inet_proto . inet_service : verdict ; }`,
    `add set ${t} hairpin { type ${addressType} . ${addressType} ; }`,
    ...chain('mark-for-masquerade', `meta mark set meta mark or ${MASQUERADE_MARK}`),
    ...chain('refuse', 'meta l4proto tcp reject with tcp reset', 'reject'),
    ...chain(
      'services',
      `${service} vmap @service-ips`,
      `fib daddr type local ${table} daddr != ${loopback} meta l4proto . th dport vmap @service-nodeports`,
    ),
    // Asked after address translation: what still carries a Service address has no endpoint or no owner.
    ...chain(
      'unserved',
      `${service} vmap @no-endpoint-services`,
      `fib daddr type local ${table} daddr != ${loopback} meta l4proto . th dport vmap @no-endpoint-nodeports`,
      ...(serviceRange === undefined ? [] : [`${table} daddr ${serviceRange} goto refuse`]),
    ),
    hook('nat-prerouting', 'nat', 'prerouting', -100),
    hook('nat-output', 'nat', 'output', -100),
    hook('nat-postrouting', 'nat', 'postrouting', 100),
    hook('filter-input', 'filter', 'input', -110),
    hook('filter-forward', 'filter', 'forward', -110),
    hook('filter-output', 'filter', 'output', 0),
    ...['nat-prerouting', 'nat-output'].map((name) => `add rule ${t} ${name} jump services`),
    ...['filter-input', 'filter-forward', 'filter-output'].map(
      (name) => `add rule ${t} ${name} ct state new jump unserved`,
    ),
    // Only what was translated: a node's own connections to itself that are older than these rules would break.
    `add rule ${t} nat-postrouting ct status dnat ${table} saddr . ${table} daddr @hairpin masquerade fully-random`,
    `add rule ${t} nat-postrouting meta mark & ${MASQUERADE_MARK} == 0 return`,
    `add rule ${t} nat-postrouting meta mark set meta mark xor ${MASQUERADE_MARK}`,
    `add rule ${t} nat-postrouting masquerade fully-random`,
  ];
}

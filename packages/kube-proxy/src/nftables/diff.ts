/** The commands that turn one ruleset into another, in one transaction, touching only what differs. */
import { TABLE } from './base.ts';
import type { BaseMap, Family, Ruleset } from './ruleset.ts';

const MAPS: readonly BaseMap[] = [
  'service-ips',
  'service-nodeports',
  'no-endpoint-services',
  'no-endpoint-nodeports',
  'hairpin',
];

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((rule, index) => rule === b[index]);

/**
 * Order matters to nft: chains before the rules and elements that name them, and references away before what they
 * name is deleted.
 */
export function diffCommands(from: Ruleset, to: Ruleset, family: Family): string[] {
  const table = `${family.table} ${TABLE}`;
  const changed = [...to.chains].filter(
    ([name, rules]) => !same(from.chains.get(name) ?? [], rules) || !from.chains.has(name),
  );
  const gone = [...from.chains.keys()].filter((name) => !to.chains.has(name));
  return [
    ...[...to.affinity]
      .filter(([set]) => !from.affinity.has(set))
      .map(
        ([set, seconds]) =>
          `add set ${table} ${set} { type ${family.addressType} ; flags dynamic,timeout ; timeout ${seconds}s ; }`,
      ),
    ...changed.map(([name]) => (from.chains.has(name) ? `flush chain ${table} ${name}` : `add chain ${table} ${name}`)),
    ...changed.flatMap(([name, rules]) => rules.map((rule) => `add rule ${table} ${name} ${rule}`)),
    ...MAPS.flatMap((map) => elementCommands(table, map, from, to)),
    ...gone.map((name) => `flush chain ${table} ${name}`),
    ...gone.map((name) => `delete chain ${table} ${name}`),
    ...[...from.affinity.keys()].filter((set) => !to.affinity.has(set)).map((set) => `delete set ${table} ${set}`),
  ];
}

function elementCommands(table: string, map: BaseMap, from: Ruleset, to: Ruleset): string[] {
  const before = from.maps[map];
  const after = to.maps[map];
  const removed = [...before].filter(([key, value]) => after.get(key) !== value).map(([key]) => key);
  const added = [...after]
    .filter(([key, value]) => before.get(key) !== value)
    .map(([key, value]) => (value === '' ? key : `${key} : ${value}`));
  return [
    ...(removed.length === 0 ? [] : [`delete element ${table} ${map} { ${removed.join(', ')} }`]),
    ...(added.length === 0 ? [] : [`add element ${table} ${map} { ${added.join(', ')} }`]),
  ];
}

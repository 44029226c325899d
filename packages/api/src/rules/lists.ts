/** Which elements of two lists are the same one, and which appear twice. */
import type { FactRule } from '../facts.ts';
import type { ListSchema } from '../schema/schema.ts';

/** The stored value that a new one is compared with; `known` is false when nothing says which one it was. */
export interface Before {
  readonly value: unknown;
  readonly known: boolean;
}

export interface Topology {
  readonly kind: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  /** Repetitions are errors. A list whose schema alone names a topology leaves that to hand-written checks, as upstream. */
  readonly enforced: boolean;
}

export function topologyOf(schema: ListSchema, rules: readonly FactRule[]): Topology {
  const keys = rules.filter(({ rule }) => rule === 'listMapKey').map(({ value }) => String(value));
  const free = rules.some(({ rule }) => rule === 'customUnique');
  const named = rules.find(({ rule, value }) => (rule === 'unique' || rule === 'listType') && value !== 'atomic');
  if (named === undefined) return { kind: schema.topology, keys: schema.keys, enforced: false };
  return { kind: named.value === 'map' ? 'map' : 'set', keys: keys.length > 0 ? keys : schema.keys, enforced: !free };
}

/** Positions of elements whose identity an earlier element has. */
export function repeatedElements(list: readonly unknown[], topology: Topology): readonly number[] {
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const identity = identityOf(item, topology);
    if (seen.has(identity)) return [index];
    seen.add(identity);
    return [];
  });
}

/** The stored element with the same identity. */
export function oldElement({ value }: Before, item: unknown, topology: Topology): Before {
  if (topology.kind === 'atomic' || !Array.isArray(value)) return { value: undefined, known: false };
  const wanted = identityOf(item, topology);
  const found: unknown = value.find((candidate) => identityOf(candidate, topology) === wanted);
  return { value: found, known: found !== undefined };
}

function identityOf(item: unknown, { kind, keys }: Topology): string {
  if (kind !== 'map') return JSON.stringify(item);
  return JSON.stringify(keys.map((key) => (item as Readonly<Record<string, unknown>> | null)?.[key] ?? ''));
}

/**
 * The order of a merged list: what the patch orders stands in the patch's order, the rest stays in its own, and the two are
 * interleaved as the object had them.
 */
import { isObject } from './values.ts';

/** What identifies an element: the value of its merge key, or itself. */
export function identity(item: unknown, mergeKey: string | undefined): unknown {
  return mergeKey !== undefined && isObject(item) ? item[mergeKey] : item;
}

/** Sorts `merged` by `wanted` (identities in order), keeping elements that `wanted` does not name near where `previous` had them. */
export function inOrder(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  previous: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const wantedAt = positions(wanted);
  const previousAt = positions(previous.map((item) => identity(item, mergeKey)));
  const at = (table: ReadonlyMap<unknown, number>, item: unknown) => table.get(identity(item, mergeKey));
  const byPosition = (table: ReadonlyMap<unknown, number>) => (a: unknown, b: unknown) =>
    (at(table, a) ?? Number.MAX_SAFE_INTEGER) - (at(table, b) ?? Number.MAX_SAFE_INTEGER);
  const ordered = merged.filter((item) => at(wantedAt, item) !== undefined).sort(byPosition(wantedAt));
  const others = merged.filter((item) => at(wantedAt, item) === undefined).sort(byPosition(previousAt));
  const result: unknown[] = [];
  while (ordered.length > 0 && others.length > 0) {
    const [other, next] = [at(previousAt, others[0]), at(previousAt, ordered[0])];
    const otherFirst = other !== undefined && next !== undefined && other < next;
    result.push(otherFirst ? others.shift() : ordered.shift());
  }
  return [...result, ...ordered, ...others];
}

function positions(identities: readonly unknown[]): ReadonlyMap<unknown, number> {
  const table = new Map<unknown, number>();
  identities.forEach((key, index) => {
    if (!table.has(key)) table.set(key, index);
  });
  return table;
}

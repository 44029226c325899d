/**
 * One order of all names that keeps the order of each list. Where the lists say nothing, by alphabet; where they contradict each
 * other, all by alphabet, so that every server comes to the same order.
 */
export function mergeOrders(lists: readonly (readonly string[])[]): readonly string[] {
  const all = new Set(lists.flat());
  const whole = lists.find((list) => list.length === all.size && new Set(list).size === list.length);
  return whole ?? sorted(lists) ?? [...all].sort();
}

/** A topological order, taking the first by alphabet of those that may come next; undefined when there is none. */
function sorted(lists: readonly (readonly string[])[]): readonly string[] | undefined {
  const { after, waitsFor } = precedence(lists);
  const ready = [...waitsFor].flatMap(([name, count]) => (count === 0 ? [name] : [])).sort();
  const order: string[] = [];
  for (let name = ready.shift(); name !== undefined; name = ready.shift()) {
    order.push(name);
    for (const next of after.get(name) ?? []) {
      const left = (waitsFor.get(next) ?? 0) - 1;
      waitsFor.set(next, left);
      if (left === 0) ready.push(next);
    }
    ready.sort();
  }
  return order.length === waitsFor.size ? order : undefined;
}

/** Which names directly follow a name in some list, and behind how many different names each one comes. */
function precedence(lists: readonly (readonly string[])[]) {
  const after = new Map<string, Set<string>>();
  const waitsFor = new Map<string, number>();
  for (const list of lists)
    for (const [index, name] of list.entries()) {
      waitsFor.set(name, waitsFor.get(name) ?? 0);
      const next = list[index + 1];
      const known = after.get(name) ?? new Set();
      after.set(name, known);
      if (next === undefined || known.has(next)) continue;
      known.add(next);
      waitsFor.set(next, (waitsFor.get(next) ?? 0) + 1);
    }
  return { after, waitsFor };
}

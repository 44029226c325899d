/** The list fields that tests patch, and the key that strategic merge patch joins their items by. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  ownerReferences: 'uid',
  conditions: 'type',
  containers: 'name',
  taints: 'key',
};
const PRIMITIVE_LISTS: readonly string[] = ['finalizers', 'podCIDRs'];

type Tree = Record<string, unknown>;

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mergeList(current: readonly Tree[], patch: readonly Tree[], mergeKey: string): Tree[] {
  const result = [...current];
  for (const item of patch) {
    const at = result.findIndex((known) => known[mergeKey] === item[mergeKey]);
    if (item['$patch'] === 'delete') {
      if (at !== -1) result.splice(at, 1);
    } else if (at === -1) result.push(item);
    else result[at] = fakePatch(result[at] as Tree, item, true) as Tree;
  }
  return result;
}

/** Merge patch, or as much of strategic merge patch as controllers use. Returns a new tree. */
export function fakePatch(current: unknown, patch: unknown, strategic: boolean): unknown {
  if (!isTree(patch)) return patch;
  const result: Tree = isTree(current) ? { ...current } : {};
  for (const [name, value] of Object.entries(patch)) {
    const deleteFrom = /^\$deleteFromPrimitiveList\/(.*)$/.exec(name)?.[1];
    const mergeKey = MERGE_KEYS[name];
    if (strategic && deleteFrom !== undefined) {
      result[deleteFrom] = ((result[deleteFrom] ?? []) as unknown[]).filter(
        (item) => !(value as unknown[]).includes(item),
      );
    } else if (value === null) delete result[name];
    else if (strategic && mergeKey !== undefined && Array.isArray(value))
      result[name] = mergeList((result[name] ?? []) as Tree[], value as Tree[], mergeKey);
    else if (strategic && PRIMITIVE_LISTS.includes(name) && Array.isArray(value))
      result[name] = [...new Set([...((result[name] ?? []) as unknown[]), ...value])];
    else result[name] = fakePatch(result[name], value, strategic);
  }
  return result;
}

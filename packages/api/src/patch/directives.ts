/**
 * The directives of strategic merge patch: keys of a patch that say how to merge rather than what
 * (kubernetes.io, "Update API Objects in Place Using kubectl patch").
 */
import { errors } from '../errors.ts';
import { goString, goText } from './go-text.ts';
import { isObject, type Json, setOwn } from './values.ts';

export const PATCH = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const DELETE_FROM_LIST = '$deleteFromPrimitiveList/';
export const SET_ORDER = '$setElementOrder/';

export const isDirective = (key: string): boolean =>
  key === PATCH || key === RETAIN_KEYS || key.startsWith(DELETE_FROM_LIST) || key.startsWith(SET_ORDER);

/**
 * A patch that cannot be understood: upstream's texts, and its codes, which are 500 where it has not thought of a better one.
 */
export const badPatch = {
  retainKeys: () => errors.badRequest('invalid patch format of retainKeys'),
  order: () => errors.badRequest('invalid patch format of setElementOrder list'),
  primitiveList: () => errors.badRequest('invalid patch format of primitive list'),
  type: (type: unknown, patch: Json) =>
    errors.unclassified(`unknown patch type: ${goString(type)} in map: ${goText(patch)}`),
  mergeKey: (item: unknown, key: string) =>
    errors.unclassified(`map: ${goText(item)} does not contain declared merge key: ${key}`),
  noMergeKey: (name: string) => errors.unclassified(`cannot merge lists without merge key for ${name}`),
  mergingLists: () => errors.unclassified('merging lists cannot yet be specified in the patch'),
  otherOrder: (patched: readonly unknown[], wanted: readonly unknown[]) =>
    errors.unclassified(
      `The order in patch list:\n${goText(patched)}\n doesn't match $setElementOrder list:\n${goText(wanted)}\n`,
    ),
  mixedTypes: (lists: readonly (readonly unknown[])[]) =>
    errors.unclassified(`list element types are not identical: ${goText(lists)}`),
  listOfLists: () => errors.rejected(),
};

/** The patch's value for something the object does not have: without directives and nulls. `undefined` when it says to delete. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (value[PATCH] === 'delete') return undefined;
  const made: Json = {};
  for (const [key, item] of Object.entries(value)) {
    if (isDirective(key) || item === null) continue;
    const kept = withoutDirectives(item);
    if (kept !== undefined) setOwn(made, key, kept);
  }
  return made;
}

/** Applies `$retainKeys`: whatever it does not name goes. Answers the keys that stay, or undefined without the directive. */
export function retainedKeys(patch: Json): ReadonlySet<string> | undefined {
  const listed = patch[RETAIN_KEYS];
  if (listed === undefined) return undefined;
  if (!Array.isArray(listed)) throw badPatch.retainKeys();
  const kept = new Set(listed.map(String));
  for (const [key, value] of Object.entries(patch)) {
    if (value !== null && !isDirective(key) && !kept.has(key)) throw badPatch.retainKeys();
  }
  return kept;
}

/**
 * The directives of strategic merge patch: keys of a patch that say how to merge rather than what
 * (kubernetes.io, "Update API Objects in Place Using kubectl patch").
 */
import { errors } from '../errors.ts';
import { isObject, type Json, setOwn } from './values.ts';

export const PATCH = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const DELETE_FROM_LIST = '$deleteFromPrimitiveList/';
export const SET_ORDER = '$setElementOrder/';

export const isDirective = (key: string): boolean =>
  key === PATCH || key === RETAIN_KEYS || key.startsWith(DELETE_FROM_LIST) || key.startsWith(SET_ORDER);

/** A patch that cannot be understood. The texts are upstream's. */
export const badPatch = {
  retainKeys: () => errors.badRequest('invalid patch format of retainKeys'),
  order: () => errors.badRequest('invalid patch format of setElementOrder list'),
  primitiveList: () => errors.badRequest('invalid patch format of primitive list'),
  type: (type: unknown, patch: Json) =>
    errors.badRequest(`unknown patch type: ${JSON.stringify(type)} in map: ${JSON.stringify(patch)}`),
  mergeKey: (item: unknown, key: string) =>
    errors.badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`),
  listOfLists: () => errors.fromCode(422, 'lists of lists are not supported'),
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

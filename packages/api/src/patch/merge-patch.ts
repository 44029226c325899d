/**
 * JSON Merge Patch (RFC 7396).
 */
import { errors } from '../errors.ts';
import { valueKind } from '../json/problems.ts';
import { isObject, type Json, setOwn } from './values.ts';

/** The object with the patch merged in: null removes, objects merge, anything else replaces. The object itself is not changed. */
export function applyMergePatch<T>(object: T, patch: unknown): T {
  if (!isObject(patch))
    throw errors.badRequest(
      `error decoding patch: json: cannot unmarshal ${valueKind(patch)} into Go value of type map[string]interface {}`,
    );
  return merge(object, patch) as T;
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return Array.isArray(patch) && !isObject(target) ? withoutNulls(patch) : patch;
  const made: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete made[key];
    else setOwn(made, key, merge(Object.hasOwn(made, key) ? made[key] : undefined, value));
  }
  return made;
}

/** Upstream drops the nulls in lists too, at any depth. */
function withoutNulls(list: readonly unknown[]): readonly unknown[] {
  return list.flatMap((item) => (item === null ? [] : [merge(undefined, item)]));
}

/**
 * Strategic merge patch: a merge patch that knows from the Schema which lists merge by key, and that carries directives.
 */
import { errors } from '../errors.ts';
import { valueKind } from '../json/problems.ts';
import type { Field, Schema, StructSchema } from '../schema/schema.ts';
import {
  badPatch,
  DELETE_FROM_LIST,
  isDirective,
  PATCH,
  retainedKeys,
  SET_ORDER,
  withoutDirectives,
} from './directives.ts';
import { identity, inOrder } from './order.ts';
import { isObject, type Json, setOwn } from './values.ts';

/**
 * The object with the patch merged in. Neither argument is changed; what the patch does not touch is shared with the result.
 * Throws ApiError with upstream's codes: 400, or 500, for a patch that makes no sense, 422 for lists of lists.
 */
export function applyStrategicMergePatch<T>(object: T, patch: unknown, schema: StructSchema): T {
  if (!isObject(patch))
    throw errors.badRequest(
      `error decoding patch: json: cannot unmarshal ${valueKind(patch)} into Go value of type map[string]interface {}`,
    );
  return mergeMap(object as Json, patch, schema) as T;
}

/** How the members of one object are to be merged. */
function memberField(schema: Schema | undefined, key: string): Field | undefined {
  return schema?.kind === 'struct' ? schema.byName.get(key) : undefined;
}

function memberSchema(schema: Schema | undefined, key: string): Schema | undefined {
  if (schema?.kind === 'map') return schema.element;
  return schema?.kind === 'struct' ? (schema.byName.get(key)?.schema ?? schema.additional) : undefined;
}

/** `retainKeys` says what a patch may contain, not how to merge. */
const strategyOf = (field: Field | undefined) => field?.patchStrategy.find((strategy) => strategy !== 'retainKeys');

function mergeMap(original: Json, patch: Json, schema: Schema | undefined): Json {
  const directive = patch[PATCH];
  if (directive === 'replace') return withoutDirectives({ ...patch, [PATCH]: undefined }) as Json;
  if (directive === 'delete') return {};
  if (directive !== undefined) throw badPatch.type(directive, patch);
  const kept = retainedKeys(patch);
  const made: Json =
    kept === undefined
      ? { ...original }
      : Object.fromEntries(Object.entries(original).filter(([key]) => kept.has(key)));
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(DELETE_FROM_LIST)) deleteFromList(made, key.slice(DELETE_FROM_LIST.length), value);
    else if (!isDirective(key)) mergeMember(made, key, value, schema);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(SET_ORDER)) setOrder(made, original, patch, key.slice(SET_ORDER.length), value, schema);
  }
  return made;
}

function mergeMember(made: Json, key: string, value: unknown, schema: Schema | undefined): void {
  if (value === null) {
    delete made[key];
    return;
  }
  const before = Object.hasOwn(made, key) ? made[key] : undefined;
  const field = memberField(schema, key);
  const inner = memberSchema(schema, key);
  if (isObject(before) && isObject(value) && strategyOf(field) !== 'replace') {
    setOwn(made, key, mergeMap(before, value, inner));
  } else if (Array.isArray(before) && Array.isArray(value) && strategyOf(field) === 'merge') {
    setOwn(
      made,
      key,
      mergeList(before, value, inner?.kind === 'list' ? inner.element : undefined, field?.patchMergeKey),
    );
  } else {
    const taken = withoutDirectives(value);
    if (taken === undefined) delete made[key];
    else setOwn(made, key, taken);
  }
}

function mergeList(
  before: readonly unknown[],
  patch: readonly unknown[],
  element: Schema | undefined,
  mergeKey: string | undefined,
): unknown[] {
  if (before.length + patch.length === 0) return [];
  if (elementType(before, patch) !== 'map')
    return inOrder([...new Set([...before, ...patch])], patch, before, undefined);
  if (mergeKey === undefined) throw badPatch.noMergeKey(element?.kind === 'struct' ? element.name : '');
  const plain = patch.filter((item) => !isObject(item) || item[PATCH] === undefined);
  if (patch.some((item) => isObject(item) && item[PATCH] === 'replace')) return plain.map(withoutDirectives);
  const merged = deleteElements(before, patch, mergeKey);
  for (const item of plain) mergeElement(merged, item, element, mergeKey);
  const wanted = plain.map((item) => identity(item, mergeKey));
  return inOrder(merged, wanted, before, mergeKey);
}

/** The one type that all elements have; upstream merges no others. */
function elementType(before: readonly unknown[], patch: readonly unknown[]): string {
  const types = new Set([...before, ...patch].map((item) => (isObject(item) ? 'map' : goKind(item))));
  const [first = '', second] = types;
  if (first === 'array') throw badPatch.listOfLists();
  if (second !== undefined) throw badPatch.mixedTypes([before, patch]);
  return first;
}

function goKind(item: unknown): string {
  return typeof item === 'number' && !Number.isInteger(item) ? 'float' : valueKind(item);
}

function deleteElements(before: readonly unknown[], patch: readonly unknown[], mergeKey: string): unknown[] {
  const gone = new Set<unknown>();
  for (const item of patch) {
    if (!isObject(item) || item[PATCH] === undefined) continue;
    if (item[PATCH] === 'merge') throw badPatch.mergingLists();
    if (item[PATCH] !== 'delete') throw badPatch.type(item[PATCH], item);
    if (item[mergeKey] === undefined) throw badPatch.mergeKey(item, mergeKey);
    gone.add(item[mergeKey]);
  }
  return before.filter((item) => !gone.has(identity(item, mergeKey)));
}

function mergeElement(merged: unknown[], item: unknown, element: Schema | undefined, mergeKey: string): void {
  if (!isObject(item) || item[mergeKey] === undefined) throw badPatch.mergeKey(item, mergeKey);
  const at = merged.findIndex((candidate) => identity(candidate, mergeKey) === item[mergeKey]);
  const before = merged[at];
  if (isObject(before)) merged[at] = mergeMap(before, item, element);
  else merged.push(withoutDirectives(item));
}

function deleteFromList(made: Json, key: string, gone: unknown): void {
  const list = made[key];
  if (!Array.isArray(gone)) throw badPatch.primitiveList();
  if (!Array.isArray(list)) return;
  const values = new Set<unknown>(gone);
  made[key] = list.filter((item) => !values.has(item));
}

/** Applies `$setElementOrder/<key>` to the list as merged so far. */
function setOrder(
  made: Json,
  original: Json,
  patch: Json,
  key: string,
  order: unknown,
  schema: Schema | undefined,
): void {
  if (!Array.isArray(order)) throw badPatch.order();
  const mergeKey = memberField(schema, key)?.patchMergeKey;
  const wanted = order.map((item) => identity(item, mergeKey));
  const patched = patch[key];
  if (Array.isArray(patched)) checkOrder(patched, wanted, order, mergeKey);
  const list = made[key];
  if (!Array.isArray(list)) return;
  const previous = original[key];
  made[key] = inOrder(list, wanted, Array.isArray(previous) ? previous : [], mergeKey);
}

/** What a patch adds or changes must be named by its order list, in the same order. */
function checkOrder(
  patched: readonly unknown[],
  wanted: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): void {
  let at = 0;
  for (const item of patched) {
    if (isObject(item) && item[PATCH] !== undefined) continue;
    const found = wanted.indexOf(identity(item, mergeKey), at);
    if (found === -1) throw badPatch.otherOrder(patched, order);
    at = found + 1;
  }
}

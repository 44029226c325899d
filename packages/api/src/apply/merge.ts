/**
 * The two changes that an apply makes to an object: merging what is applied, and removing what no longer is.
 */
import type { Field, ListSchema, Schema } from '../schema/schema.ts';
import { EMPTY_SET, type FieldSet, isEmptySet } from './field-set.ts';
import { elementKey, fieldKey, isLeaf, isObject, type Json } from './topology.ts';

/** The live value with the applied one merged in. Neither is changed. */
export function mergeApplied(live: unknown, applied: unknown, schema: Schema | undefined, field?: Field): unknown {
  if (applied === undefined) return live;
  if (live === undefined || schema === undefined || isLeaf(schema, field)) return applied;
  if (schema.kind === 'list') {
    return Array.isArray(live) && Array.isArray(applied) ? mergeElements(live, applied, schema) : applied;
  }
  if (!isObject(live) || !isObject(applied)) return applied;
  const made: Record<string, unknown> = { ...live };
  for (const name of Object.keys(applied)) {
    const inner = schema.kind === 'struct' ? schema.byName.get(name) : undefined;
    const own = Object.hasOwn(live, name) ? live[name] : undefined;
    const value = mergeApplied(own, applied[name], innerSchema(schema, name), inner);
    Object.defineProperty(made, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return made;
}

function innerSchema(schema: Schema, name: string): Schema | undefined {
  if (schema.kind === 'map') return schema.element;
  return schema.kind === 'struct' ? (schema.byName.get(name)?.schema ?? schema.additional) : undefined;
}

function mergeElements(live: readonly unknown[], applied: readonly unknown[], schema: ListSchema): readonly unknown[] {
  const keyed = new Map<string, unknown>();
  for (const item of live) {
    const key = elementKey(item, schema);
    if (!keyed.has(key)) keyed.set(key, item);
  }
  const before = [...keyed.keys()];
  for (const item of applied) {
    const key = elementKey(item, schema);
    keyed.set(key, mergeApplied(keyed.get(key), item, schema.element));
  }
  const wanted = applied.map((item) => elementKey(item, schema));
  return interleaved(before, wanted).map((key) => keyed.get(key));
}

/**
 * The order of a merged list, as upstream's: applied elements in the order of the applied list, live ones that are not applied
 * in between, each as early as its place in the live list allows.
 */
function interleaved(live: readonly string[], applied: readonly string[]): readonly string[] {
  const [isLive, isApplied] = [new Set(live), new Set(applied)];
  const shared = applied.filter((key) => isLive.has(key));
  const order = new Set<string>();
  let nextShared = 0;
  let next = 0;
  for (const key of live) {
    if (!isApplied.has(key)) order.add(key);
    // A shared element out of turn is left to the turn that the applied list gives it.
    if (key !== shared[nextShared]) continue;
    while (next < applied.length && !order.has(key)) order.add(applied[next++]!);
    while (nextShared < shared.length && order.has(shared[nextShared]!)) nextShared += 1;
  }
  for (const key of applied) order.add(key);
  return [...order];
}

/**
 * The value without what is in `gone` and not in `owned`: what an applier used to set, does not any more, and nobody else does.
 * `undefined` when nothing is left that anybody would miss.
 */
export function removeFields(value: unknown, gone: FieldSet, owned: FieldSet, schema: Schema | undefined): unknown {
  if (isEmptySet(gone)) return value;
  if (gone.member && isEmptySet(owned)) return undefined;
  if (schema === undefined || schema.kind === 'scalar') return value;
  if (schema.kind === 'list') return Array.isArray(value) ? removeElements(value, gone, owned, schema) : value;
  return isObject(value) ? removeMembers(value, gone, owned, schema) : value;
}

function removeElements(list: readonly unknown[], gone: FieldSet, owned: FieldSet, schema: ListSchema): unknown {
  const left = list.flatMap((item) => {
    const key = elementKey(item, schema);
    const kept = removeFields(
      item,
      gone.children.get(key) ?? EMPTY_SET,
      owned.children.get(key) ?? EMPTY_SET,
      schema.element,
    );
    return kept === undefined ? [] : [kept];
  });
  return left.length === 0 && list.length > 0 && isEmptySet(owned) ? undefined : left;
}

function removeMembers(value: Json, gone: FieldSet, owned: FieldSet, schema: Schema): unknown {
  const left = Object.entries(value).flatMap(([name, item]) => {
    const key = fieldKey(name);
    const kept = removeFields(
      item,
      gone.children.get(key) ?? EMPTY_SET,
      owned.children.get(key) ?? EMPTY_SET,
      innerSchema(schema, name),
    );
    return kept === undefined ? [] : [[name, kept] as const];
  });
  return left.length === 0 && Object.keys(value).length > 0 && isEmptySet(owned) ? undefined : Object.fromEntries(left);
}

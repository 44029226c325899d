/**
 * The two changes that an apply makes to an object: merging what is applied, and removing what no longer is.
 */
import type { Field, ListSchema, Schema } from '../schema/schema.ts';
import { fieldSetOf } from './compare.ts';
import { difference, type FieldSet, intersection, isEmptySet, nodeOf, union } from './field-set.ts';
import { elementKey, fieldKey, isLeaf, isObject, type Json, memberOf } from './topology.ts';

/** The live value with the applied one merged in. Neither is changed. */
export function mergeApplied(live: unknown, applied: unknown, schema: Schema | undefined, field?: Field): unknown {
  if (applied === undefined) return live;
  if (live === undefined || schema === undefined || isLeaf(schema, field)) return applied;
  // To apply no parts is to add none; only a value without parts is replaced by null.
  if (applied === null) return isEmpty(live) ? null : live;
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

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/**
 * The merged object without what its applier used to apply (`last`), does not any more, and nobody owns now (`owned`). With a
 * struct that nobody owns anything of goes all that is in it, defaults and what nobody was recorded for too; what was never
 * applied stays otherwise.
 */
export function pruned(merged: unknown, last: FieldSet, owned: FieldSet, schema: Schema): unknown {
  if (isEmptySet(difference(last, owned))) return merged;
  const [applied, kept] = [withStructs(last, schema), withStructs(owned, schema)];
  const all = withStructs(fieldSetOf(merged, schema), schema);
  const setOf = (value: unknown) => withStructs(fieldSetOf(value, schema), schema);
  const bare = without(merged, applied, schema);
  const backed = without(merged, difference(all, union(setOf(bare), kept)), schema);
  return without(merged, intersection(difference(all, setOf(backed)), applied), schema);
}

/** The set with every declared field a member that has members below it. */
function withStructs(set: FieldSet, schema: Schema | undefined): FieldSet {
  if (set.children.size === 0 || schema === undefined) return set;
  const children = new Map<string, FieldSet>();
  for (const [key, child] of set.children) {
    const name = key.startsWith('f:') ? key.slice(2) : undefined;
    const inner = name === undefined ? elementSchema(schema) : memberOf(schema, name).schema;
    const declared = name !== undefined && schema.kind === 'struct' && schema.byName.has(name);
    const below = withStructs(child, inner);
    children.set(key, nodeOf(child.member || (declared && child.children.size > 0), below.children));
  }
  return nodeOf(set.member, children);
}

function elementSchema(schema: Schema): Schema | undefined {
  return schema.kind === 'list' ? schema.element : undefined;
}

/** The value without the members of `gone`; undefined when nothing is left of it. */
function without(value: unknown, gone: FieldSet, schema: Schema | undefined, field?: Field): unknown {
  if (isEmptySet(gone) || schema === undefined || isLeaf(schema, field)) return value;
  if (schema.kind === 'list') return Array.isArray(value) ? withoutElements(value, gone, schema) : value;
  return isObject(value) ? withoutMembers(value, gone, schema) : value;
}

function withoutElements(list: readonly unknown[], gone: FieldSet, schema: ListSchema): unknown {
  const left = list.flatMap((item) => {
    const node = gone.children.get(elementKey(item, schema));
    if (node === undefined) return [item];
    const kept = node.member ? undefined : without(item, node, schema.element);
    return kept === undefined ? [] : [kept];
  });
  return left.length === 0 ? undefined : left;
}

function withoutMembers(value: Json, gone: FieldSet, schema: Schema): unknown {
  const left = Object.entries(value).flatMap(([name, item]) => {
    const node = gone.children.get(fieldKey(name));
    if (node === undefined) return [[name, item] as const];
    const member = memberOf(schema, name);
    const kept = node.member ? undefined : without(item, node, member.schema, member.field);
    return kept === undefined ? [] : [[name, kept] as const];
  });
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

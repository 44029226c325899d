/**
 * Which fields an object sets, and which differ between two versions of it.
 */
import { semanticEqual } from '../schema/equal.ts';
import type { Field, ListSchema, Schema } from '../schema/schema.ts';
import { EMPTY_SET, type FieldSet, isEmptySet, LEAF, nodeOf } from './field-set.ts';
import { elementsOf, fieldKey, isLeaf, isObject, type Json, memberOf } from './topology.ts';

/** Every field that the value sets, as an apply of it would own. */
export function fieldSetOf(value: unknown, schema: Schema | undefined, field?: Field): FieldSet {
  if (value === undefined) return EMPTY_SET;
  if (schema === undefined || isLeaf(schema, field)) return LEAF;
  if (schema.kind === 'list') return Array.isArray(value) ? elementSet(value, schema) : EMPTY_SET;
  if (!isObject(value)) return EMPTY_SET;
  const children = new Map<string, FieldSet>();
  for (const name in value) {
    if (value[name] === undefined) continue;
    const member = memberOf(schema, name);
    const below = fieldSetOf(value[name], member.schema, member.field);
    const node = existsAlone(value[name], member.field) ? nodeOf(true, below.children) : below;
    if (!isEmptySet(node)) children.set(fieldKey(name), node);
  }
  return nodeOf(false, children);
}

/** Entries of maps exist on their own; a declared field does when there is nothing in it. */
export function existsAlone(value: unknown, field: Field | undefined): boolean {
  if (field === undefined || value === null) return true;
  if (!isObject(value)) return false;
  for (const _ in value) return false;
  return true;
}

function elementSet(list: readonly unknown[], schema: ListSchema): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [key, item] of elementsOf(list, schema))
    children.set(key, nodeOf(true, fieldSetOf(item, schema.element).children));
  return nodeOf(false, children);
}

/** Every node of a value that came or went as a whole: unlike what an apply owns, the structs and lists in it count too. */
export function wholeSetOf(value: unknown, schema: Schema | undefined, field?: Field): FieldSet {
  if (schema === undefined || isLeaf(schema, field)) return LEAF;
  const children = new Map<string, FieldSet>();
  if (schema.kind === 'list') {
    for (const [key, item] of Array.isArray(value) ? elementsOf(value, schema) : [])
      children.set(key, wholeSetOf(item, schema.element));
  } else if (isObject(value)) {
    for (const name in value) {
      if (value[name] === undefined) continue;
      const member = memberOf(schema, name);
      children.set(fieldKey(name), wholeSetOf(value[name], member.schema, member.field));
    }
  }
  return nodeOf(true, children);
}

/** The differences between two versions of an object. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

const SAME: Comparison = { added: EMPTY_SET, modified: EMPTY_SET, removed: EMPTY_SET };

/** Compares field by field. Equal parts cost no more than a look at them. */
export function compareFields(before: unknown, after: unknown, schema: Schema | undefined, field?: Field): Comparison {
  if (before === after) return SAME;
  if (before === undefined) return { ...SAME, added: wholeSetOf(after, schema, field) };
  if (after === undefined) return { ...SAME, removed: wholeSetOf(before, schema, field) };
  if (schema !== undefined && !isLeaf(schema, field)) {
    if (schema.kind === 'list' && Array.isArray(before) && Array.isArray(after))
      return compareLists(before, after, schema);
    if (schema.kind !== 'list' && isObject(before) && isObject(after)) return compareObjects(before, after, schema);
  }
  return semanticEqual(before, after) ? SAME : { ...SAME, modified: LEAF };
}

/** Gathers the differences of the parts of one value. */
class Differences {
  readonly #added = new Map<string, FieldSet>();
  readonly #modified = new Map<string, FieldSet>();
  readonly #removed = new Map<string, FieldSet>();

  put(key: string, part: Comparison): void {
    if (part === SAME) return;
    set(this.#added, key, part.added);
    set(this.#modified, key, part.modified);
    set(this.#removed, key, part.removed);
  }

  done(): Comparison {
    if (this.#added.size + this.#modified.size + this.#removed.size === 0) return SAME;
    return {
      added: nodeOf(false, this.#added),
      modified: nodeOf(false, this.#modified),
      removed: nodeOf(false, this.#removed),
    };
  }
}

function set(children: Map<string, FieldSet>, key: string, node: FieldSet): void {
  if (!isEmptySet(node)) children.set(key, node);
}

function compareObjects(before: Json, after: Json, schema: Schema): Comparison {
  const differences = new Differences();
  const compare = (name: string, old: unknown, now: unknown) => {
    if (old === now) return;
    const member = memberOf(schema, name);
    differences.put(fieldKey(name), compareFields(old, now, member.schema, member.field));
  };
  for (const name in after) compare(name, Object.hasOwn(before, name) ? before[name] : undefined, after[name]);
  for (const name in before) if (!Object.hasOwn(after, name)) compare(name, before[name], undefined);
  return differences.done();
}

function compareLists(before: readonly unknown[], after: readonly unknown[], schema: ListSchema): Comparison {
  if (semanticEqual(before, after)) return SAME; // Spares the keys of elements, which cost more than a look at them.
  const differences = new Differences();
  const [old, now] = [elementsOf(before, schema), elementsOf(after, schema)];
  for (const [key, item] of now) differences.put(key, compareFields(old.get(key), item, schema.element));
  for (const [key, item] of old)
    if (!now.has(key)) differences.put(key, compareFields(item, undefined, schema.element));
  return differences.done();
}

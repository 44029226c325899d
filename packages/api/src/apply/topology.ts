/**
 * How server-side apply sees a value: as one leaf, or as something whose parts have owners of their own.
 */
import type { Field, ListSchema, Schema } from '../schema/schema.ts';

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Owned as a whole. */
export function isLeaf(schema: Schema | undefined, field?: Field): boolean {
  if (schema === undefined || field?.atomic === true) return true;
  switch (schema.kind) {
    case 'struct':
      return schema.atomic;
    case 'map':
      return schema.atomic;
    case 'list':
      return schema.topology === 'atomic';
    default:
      return true;
  }
}

/** The key of a field or map entry in FieldsV1. */
export const fieldKey = (name: string): string => `f:${name}`;

/** The key of a list element in FieldsV1: by its value in a set, by its key fields, with their defaults, in a keyed list. */
export function elementKey(item: unknown, list: ListSchema): string {
  if (list.topology === 'set' || !isObject(item)) return `v:${JSON.stringify(item)}`;
  const key: Record<string, unknown> = {};
  for (const name of list.keys.toSorted()) {
    const value = item[name] ?? keyDefault(list.element, name);
    if (value !== undefined) key[name] = value;
  }
  return `k:${JSON.stringify(key)}`;
}

/** What stands for a key field that an element leaves out. */
export function keyDefault(element: Schema, name: string): unknown {
  const field = element.kind === 'struct' ? element.byName.get(name) : undefined;
  return field?.default ?? field?.shownDefault;
}

/** How a member of an object is described. */
export function memberOf(
  schema: Schema,
  name: string,
): { readonly schema: Schema | undefined; readonly field: Field | undefined } {
  if (schema.kind === 'map') return { schema: schema.element, field: undefined };
  const field = schema.kind === 'struct' ? schema.byName.get(name) : undefined;
  return { schema: field?.schema ?? (schema.kind === 'struct' ? schema.additional : undefined), field };
}

/** The elements of a list by their FieldsV1 keys; of several with one key the first. */
export function elementsOf(list: readonly unknown[], schema: ListSchema): ReadonlyMap<string, unknown> {
  const elements = new Map<string, unknown>();
  for (const item of list) {
    const key = elementKey(item, schema);
    if (!elements.has(key)) elements.set(key, item);
  }
  return elements;
}

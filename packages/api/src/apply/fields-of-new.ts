/**
 * The FieldsV1 of an object that is just being made, straight from the object. All of it belongs to whoever makes it, so there
 * are no sets to be united and subtracted, which is most of the work of a create otherwise.
 */

import { semanticEqual } from '../schema/equal.ts';
import type { Field, ListSchema, Schema, StructSchema } from '../schema/schema.ts';
import { blankOf } from './blank.ts';
import { elementsOf, fieldKey, isLeaf, isObject, type Json, memberOf } from './topology.ts';

type Fields = Record<string, unknown>;

const LEAF: Readonly<Fields> = Object.freeze({});

/** Names at the top of an object and in its metadata. */
export interface TopFields {
  readonly fields: ReadonlySet<string>;
  readonly metadata: ReadonlySet<string>;
}

/**
 * The FieldsV1 of what the object has beyond a blank one, as comparing the two would give it, order included; undefined when
 * nobody can own anything of it. What a blank object has too is no member itself, and what is in it only where it differs.
 */
export function fieldsOfNew(object: object, schema: StructSchema, unowned: TopFields): Readonly<Fields> | undefined {
  const blank = blankOf(schema) as Json;
  const made: Fields = {};
  let any = false;
  for (const name of namesInOrder(object as Json, unowned.fields)) {
    const value = (object as Json)[name];
    if (name === 'metadata') any = addMetadata(made, value, schema, unowned.metadata) || any;
    else any = addMember(made, name, value, schema, blank[name]) || any;
  }
  return any ? made : undefined;
}

/** `metadata: {}` is no field that anybody meant. */
function addMetadata(made: Fields, metadata: unknown, schema: Schema, unowned: ReadonlySet<string>): boolean {
  const member = memberOf(schema, 'metadata').schema;
  if (member === undefined || !isObject(metadata)) return false;
  const below = membersOf(metadata, namesInOrder(metadata, unowned), member, {});
  if (below !== undefined) made[fieldKey('metadata')] = below;
  return below !== undefined;
}

function addMember(made: Fields, name: string, value: unknown, schema: Schema, blank: unknown): boolean {
  const { schema: inner, field } = memberOf(schema, name);
  const fields = blank === undefined ? whole(value, inner, field) : changed(value, inner, field, blank);
  if (fields !== undefined) made[fieldKey(name)] = fields;
  return fields !== undefined;
}

/** All of a value that a blank object does not have. */
function whole(value: unknown, schema: Schema | undefined, field: Field | undefined): Readonly<Fields> {
  if (schema === undefined || isLeaf(schema, field)) return LEAF;
  if (schema.kind === 'list') return (Array.isArray(value) && elementsIn(value, schema, true)) || LEAF;
  if (!isObject(value)) return LEAF;
  const names = namesInOrder(value);
  if (names.length === 0) return LEAF;
  const made: Fields = { '.': LEAF };
  for (const name of names) addMember(made, name, value[name], schema, undefined);
  return made;
}

/** What differs from the value that a blank object has there. */
function changed(
  value: unknown,
  schema: Schema | undefined,
  field: Field | undefined,
  blank: unknown,
): Readonly<Fields> | undefined {
  const parts = schema !== undefined && !isLeaf(schema, field);
  if (parts && schema.kind === 'list' && Array.isArray(value)) return elementsIn(value, schema, false);
  if (parts && schema.kind !== 'list' && isObject(value) && isObject(blank))
    return membersOf(value, namesInOrder(value), schema, blank);
  return semanticEqual(value, blank) ? undefined : LEAF;
}

function membersOf(value: Json, names: readonly string[], schema: Schema, blank: Json) {
  const made: Fields = {};
  let any = false;
  for (const name of names) any = addMember(made, name, value[name], schema, blank[name]) || any;
  return any ? made : undefined;
}

function elementsIn(list: readonly unknown[], schema: ListSchema, alone: boolean): Readonly<Fields> | undefined {
  const elements = elementsOf(list, schema);
  if (elements.size === 0) return undefined;
  const made: Fields = alone ? { '.': LEAF } : {};
  for (const key of [...elements.keys()].sort()) made[key] = whole(elements.get(key), schema.element, undefined);
  return made;
}

const NONE: ReadonlySet<string> = new Set();

/** The names of what is set, as FieldsV1 sorts them. */
function namesInOrder(value: Json, skipped = NONE): readonly string[] {
  const names: string[] = [];
  let inOrder = true;
  let last = '';
  for (const name in value) {
    if (value[name] === undefined || skipped.has(name)) continue;
    if (name < last) inOrder = false;
    last = name;
    names.push(name);
  }
  return inOrder ? names : names.sort();
}

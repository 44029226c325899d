/**
 * The FieldsV1 of an object that is just being made, straight from the object. All of it belongs to whoever makes it, so there
 * are no sets to be united and subtracted, which is most of the work of a create otherwise.
 */
import type { Field, ListSchema, Schema, StructSchema } from '../schema/schema.ts';
import { existsAlone } from './compare.ts';
import { elementsOf, fieldKey, isLeaf, isObject, type Json, memberOf } from './topology.ts';

type Fields = Record<string, unknown>;

const LEAF: Readonly<Fields> = Object.freeze({});

/** Names at the top of an object and in its metadata. */
export interface TopFields {
  readonly fields: ReadonlySet<string>;
  readonly metadata: ReadonlySet<string>;
}

/** The same as `toFieldsV1(ownable(fieldSetOf(object)))`, order included; undefined when nobody can own anything of it. */
export function fieldsOfNew(object: object, schema: StructSchema, unowned: TopFields): Readonly<Fields> | undefined {
  const made: Fields = {};
  let any = false;
  for (const name of namesInOrder(object as Json, unowned.fields)) {
    const value = (object as Json)[name];
    if (name === 'metadata') any = addMetadata(made, value, schema, unowned.metadata) || any;
    else any = addMember(made, name, value, schema) || any;
  }
  return any ? made : undefined;
}

/** `metadata: {}` is no field that anybody meant. */
function addMetadata(made: Fields, metadata: unknown, schema: Schema, unowned: ReadonlySet<string>): boolean {
  const member = memberOf(schema, 'metadata').schema;
  if (member === undefined || !isObject(metadata)) return false;
  const below = membersOf(metadata, namesInOrder(metadata, unowned), member, false);
  if (below !== undefined) made[fieldKey('metadata')] = below;
  return below !== undefined;
}

function addMember(made: Fields, name: string, value: unknown, schema: Schema): boolean {
  const { schema: inner, field } = memberOf(schema, name);
  const fields = fieldsOf(value, inner, field, existsAlone(value, field));
  if (fields !== undefined) made[fieldKey(name)] = fields;
  return fields !== undefined;
}

/** The fields of a value. `alone`: it is one itself, whatever is in it. Undefined when there is none. */
function fieldsOf(
  value: unknown,
  schema: Schema | undefined,
  field: Field | undefined,
  alone: boolean,
): Readonly<Fields> | undefined {
  if (schema === undefined || isLeaf(schema, field)) return LEAF;
  if (schema.kind === 'list') return Array.isArray(value) ? elementsIn(value, schema, alone) : itself(alone);
  return isObject(value) ? membersOf(value, namesInOrder(value), schema, alone) : itself(alone);
}

function itself(alone: boolean): Readonly<Fields> | undefined {
  return alone ? LEAF : undefined;
}

function membersOf(value: Json, names: readonly string[], schema: Schema, alone: boolean) {
  const made: Fields = alone ? { '.': LEAF } : {};
  let any = false;
  for (const name of names) any = addMember(made, name, value[name], schema) || any;
  return any ? made : itself(alone);
}

function elementsIn(list: readonly unknown[], schema: ListSchema, alone: boolean): Readonly<Fields> | undefined {
  const elements = elementsOf(list, schema);
  if (elements.size === 0) return itself(alone);
  const made: Fields = alone ? { '.': LEAF } : {};
  for (const key of [...elements.keys()].sort())
    made[key] = fieldsOf(elements.get(key), schema.element, undefined, true);
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

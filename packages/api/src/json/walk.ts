/**
 * The decoding walk: takes a parsed document and a Schema, gives a new object in canonical form: fields in the order of the
 * schema, unknown ones left out, zero values as the schema says, quantities and times canonical.
 */
import type { Field, ListSchema, MapSchema, ScalarSchema, Schema, StructSchema } from '../schema/schema.ts';
import { isZero, zeroOf } from '../schema/zero.ts';
import { DecodeError, JSON_DEPTH_MAX, type Trail } from './problems.ts';
import { decodeScalar } from './scalars.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Decodes any value. `undefined` means absent. Throws DecodeError. */
export function decodeValue(value: unknown, schema: Schema, trail: Trail): unknown {
  switch (schema.kind) {
    case 'scalar':
      return decodeLeaf(value, schema, trail);
    case 'struct':
      return decodeStruct(value, schema, trail);
    case 'list':
      return decodeList(value, schema, trail);
    default:
      return decodeMap(value, schema, trail);
  }
}

/** Decodes an object whose fields the schema knows. */
export function decodeStruct(value: unknown, schema: StructSchema, trail: Trail): Json {
  if (!isObject(value)) throw trail.mismatch(value, schema);
  const outer = trail.struct;
  trail.struct = schema.name;
  const found: unknown[] = [];
  const fields: Field[] = [];
  for (const key in value) {
    trail.keys += 1;
    const field = schema.byName.get(key);
    if (field === undefined) {
      skipUnknown(key, value[key], schema, trail);
      continue;
    }
    const decoded = decodeField(value[key], field, trail);
    if (decoded === undefined) continue;
    insert(fields, found, field, decoded);
  }
  trail.struct = outer;
  if (!trail.partial) {
    for (const field of schema.filled) if (!fields.includes(field)) insert(fields, found, field, zeroOf(field.schema));
  }
  const made: Json = {};
  for (let at = 0; at < fields.length; at += 1) made[fields[at]?.name ?? ''] = found[at];
  if (schema.additional !== undefined) keepAdditional(value, made, schema, schema.additional, trail);
  return made;
}

function skipUnknown(key: string, value: unknown, schema: StructSchema, trail: Trail): void {
  if (schema.additional !== undefined) return;
  trail.report('unknown', key);
  trail.keys += countKeys(value, trail.steps.length);
}

function decodeField(value: unknown, field: Field, trail: Trail): unknown {
  // Objects made in code may say `undefined` for absent; JSON cannot.
  if (value === undefined || (value === null && !field.nullable && !trail.partial)) return undefined;
  trail.steps.push(field.name);
  const decoded = value === null ? null : decodeValue(value, field.schema, trail);
  trail.steps.pop();
  if (field.zero !== 'drop' || trail.partial || !isZero(decoded)) return decoded;
  return forgetsOwners(field, trail) ? [{}] : undefined;
}

/** An empty list of owners is a wish to forget them (KEP-555), as one empty entry is; to say nothing of them is not. */
function forgetsOwners({ name, schema }: Field, { steps }: Trail): boolean {
  return name === 'managedFields' && schema.kind === 'list' && steps.length === 1 && steps[0] === 'metadata';
}

/** Puts a field in its place in the schema's order. Nearly all come in order: only the few late ones move others. */
function insert(fields: Field[], found: unknown[], field: Field, value: unknown): void {
  let at = fields.length;
  while (at > 0 && fields[at - 1]!.index > field.index) at -= 1;
  if (at === fields.length) {
    fields.push(field);
    found.push(value);
  } else {
    fields.splice(at, 0, field);
    found.splice(at, 0, value);
  }
}

function keepAdditional(value: Json, made: Json, schema: StructSchema, additional: Schema, trail: Trail): void {
  for (const key in value) {
    if (schema.byName.has(key)) continue;
    trail.steps.push([key]);
    setOwn(made, key, decodeValue(value[key], additional, trail));
    trail.steps.pop();
  }
}

function decodeList(value: unknown, schema: ListSchema, trail: Trail): readonly unknown[] {
  if (!Array.isArray(value)) throw trail.mismatch(value, schema);
  const { element } = schema;
  // Lists of plain strings are the common case, and are fine as they are.
  if (element.kind === 'scalar' && element.type === 'string' && value.every((item) => typeof item === 'string'))
    return value;
  const made: unknown[] = new Array(value.length);
  for (let at = 0; at < value.length; at += 1) {
    trail.steps.push(at);
    made[at] = (value[at] === null ? zeroOf(element) : decodeValue(value[at], element, trail)) ?? null;
    trail.steps.pop();
  }
  return made;
}

function decodeMap(value: unknown, schema: MapSchema, trail: Trail): Json {
  if (!isObject(value)) throw trail.mismatch(value, schema);
  const { element } = schema;
  const plain = element.kind === 'scalar' && element.type === 'string';
  let made: Json | undefined;
  for (const key in value) {
    trail.keys += 1;
    const item = value[key];
    if (plain && typeof item === 'string') {
      if (made !== undefined) setOwn(made, key, item);
      continue;
    }
    made ??= copyBefore(value, key);
    if (item === undefined) continue;
    trail.steps.push([key]);
    setOwn(made, key, (item === null ? zeroOf(element) : decodeValue(item, element, trail)) ?? null);
    trail.steps.pop();
  }
  return made ?? value;
}

/** The entries that come before `key`. */
function copyBefore(value: Json, key: string): Json {
  const made: Json = {};
  for (const earlier in value) {
    if (earlier === key) break;
    setOwn(made, earlier, value[earlier]);
  }
  return made;
}

/** Assignment that makes an own property even of `__proto__`. */
function setOwn(target: Json, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}

function decodeLeaf(value: unknown, schema: ScalarSchema, trail: Trail): unknown {
  switch (schema.type) {
    case 'schemaOrBool':
    case 'schemaOrArray':
    case 'schemaOrStringArray':
      return decodeSchemaOr(value, schema, trail);
    case 'object':
      if (!isObject(value)) throw trail.mismatch(value, schema);
      break;
    case 'rawExtension':
    case 'fieldsV1':
    case 'json':
    case 'any':
      break;
    default:
      return decodeScalar(value, schema, trail);
  }
  trail.keys += countKeys(value, trail.steps.length);
  return value;
}

/** A JSON schema, or what may stand in its place. Upstream decodes these leniently: unknown fields within are not reported. */
function decodeSchemaOr(value: unknown, schema: ScalarSchema, trail: Trail): unknown {
  const inner = schema.schema;
  if (inner === undefined) return value;
  trail.lenient += 1;
  const decoded = decodeSchemaChoice(value, schema, inner, trail);
  trail.lenient -= 1;
  return decoded;
}

function decodeSchemaChoice(value: unknown, schema: ScalarSchema, inner: StructSchema, trail: Trail): unknown {
  if (schema.type === 'schemaOrBool' && typeof value === 'boolean') return value;
  if (schema.type === 'schemaOrArray' && Array.isArray(value))
    return value.map((item) => decodeStruct(item, inner, trail));
  if (schema.type === 'schemaOrStringArray' && Array.isArray(value)) {
    if (value.every((item) => typeof item === 'string')) return value;
    throw new DecodeError('json: cannot unmarshal a list with other than strings into a list of property names');
  }
  if (isObject(value)) return decodeStruct(value, inner, trail);
  throw new DecodeError(
    schema.type === 'schemaOrBool' ? 'boolean or JSON schema expected' : 'a JSON schema or a list expected',
  );
}

/** Keys in a value that no schema describes; also where the depth of a document is bounded. */
export function countKeys(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > JSON_DEPTH_MAX) throw new DecodeError('exceeded max depth');
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += countKeys(item, depth + 1);
    return keys;
  }
  for (const key in value) keys += 1 + countKeys((value as Json)[key], depth + 1);
  return keys;
}

/** Throws DecodeError when a value is nested deeper than anything we walk; what passes can be walked by recursion. */
export function checkDepth(value: unknown): void {
  countKeys(value, 0);
}

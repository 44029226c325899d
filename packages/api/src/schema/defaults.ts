/**
 * Walks that change an object in place by what its Schema declares.
 */
import type { Schema, StructSchema } from './schema.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Calls `visit` for every struct in the value that the schema describes, parents first. */
export function eachStruct(value: unknown, schema: Schema, visit: (value: Json, schema: StructSchema) => void): void {
  if (value === undefined || value === null) return;
  if (schema.kind === 'list' && Array.isArray(value)) {
    for (const item of value) eachStruct(item, schema.element, visit);
  } else if (schema.kind === 'map' && isObject(value)) {
    for (const key of Object.keys(value)) eachStruct(value[key], schema.element, visit);
  } else if (schema.kind === 'struct' && isObject(value)) {
    visit(value, schema);
    for (const key of Object.keys(value)) {
      const inner = schema.byName.get(key)?.schema ?? schema.additional;
      if (inner !== undefined && inner.kind !== 'scalar') eachStruct(value[key], inner, visit);
    }
  }
}

/**
 * Sets the declared defaults of the facts where nothing is set. They are a small part of upstream's defaults: the rest is code,
 * one file per kind, in the API server.
 */
export function applyDeclaredDefaults(draft: object, schema: StructSchema): void {
  eachStruct(draft, schema, (value, struct) => {
    for (const field of struct.fields) {
      if (field.default === undefined) continue;
      const now = value[field.name];
      const unset = now === undefined || now === null || (!field.pointer && (now === '' || now === 0 || now === false));
      if (unset) value[field.name] = structuredClone(field.default);
    }
  });
}

/** Removes the fields that the schema does not know. */
export function prune(draft: object, schema: StructSchema): void {
  eachStruct(draft, schema, (value, struct) => {
    if (struct.additional !== undefined) return;
    for (const key of Object.keys(value)) {
      if (!struct.byName.has(key)) delete value[key];
    }
  });
}

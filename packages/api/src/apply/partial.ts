/**
 * Decodes what a client applies: a part of an object, in which every field that stands there is meant.
 */
import { errors } from '../errors.ts';
import { DecodeError, Trail } from '../json/problems.ts';
import { decodeStruct } from '../json/walk.ts';
import type { Schema, StructSchema } from '../schema/schema.ts';
import { elementsOf, isObject, memberOf } from './topology.ts';

type Json = Record<string, unknown>;

/**
 * The part of an object that `document` is, canonical but with nothing filled in. Throws ApiError BadRequest with upstream's words
 * for fields that the schema does not know, values that do not fit, and keyed lists with an element twice.
 */
export function decodePartial(document: unknown, schema: StructSchema): Json {
  const trail = new Trail(true);
  let decoded: Json;
  try {
    decoded = decodeStruct(document, schema, trail);
  } catch (error) {
    if (error instanceof DecodeError) throw refusal(document, schema, [error.message]);
    throw error;
  }
  const unknown = trail.problems.map(
    (problem) => `.${problem.slice('unknown field "'.length, -1)}: field not declared in schema`,
  );
  const problems = [...unknown, ...duplicates(decoded, schema, '')];
  if (problems.length > 0) throw refusal(document, schema, problems);
  return decoded;
}

function refusal(document: unknown, schema: StructSchema, problems: readonly string[]) {
  const { metadata = {} } = (document ?? {}) as { metadata?: { namespace?: unknown; name?: unknown } };
  const name = [metadata?.namespace, metadata?.name].filter((part) => typeof part === 'string').join('/');
  const version = schema.group === '' ? schema.version : `${schema.group}/${schema.version}`;
  const text = problems.length === 1 ? problems[0] : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
  return errors.badRequest(`failed to create typed patch object (${name}; ${version}, Kind=${schema.name}): ${text}`);
}

/** Keyed lists in which an element stands twice. */
function duplicates(value: unknown, schema: Schema | undefined, path: string): readonly string[] {
  if (schema?.kind === 'list' && Array.isArray(value)) {
    const twice = schema.topology === 'map' && elementsOf(value, schema).size < value.length;
    const own = twice ? [`${path}: duplicate entries for a key`] : [];
    return [...own, ...value.flatMap((item) => duplicates(item, schema.element, path))];
  }
  if (schema === undefined || schema.kind === 'list' || schema.kind === 'scalar' || !isObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    duplicates(item, memberOf(schema, name).schema, `${path}.${name}`),
  );
}

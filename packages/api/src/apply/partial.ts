/**
 * Decodes what a client applies: a part of an object, in which every field that stands there is meant.
 */
import { errors } from '../errors.ts';
import { DecodeError, Trail } from '../json/problems.ts';
import { decodeStruct } from '../json/walk.ts';
import type { StructSchema } from '../schema/schema.ts';
import { isObject } from './topology.ts';
import { applyProblems } from './validate.ts';

type Json = Record<string, unknown>;

/**
 * The part of an object that `document` is, canonical but with nothing filled in; nulls stay, since to apply null is to own the
 * field. Throws ApiError with upstream's words, and its code 500, for fields that the schema does not know, values that do not
 * fit, and keyed lists with an element twice.
 */
export function decodePartial(document: unknown, schema: StructSchema): Json {
  const problems = applyProblems(document, schema);
  const [only] = problems;
  if (only !== undefined) {
    const text = problems.length === 1 ? only : ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n');
    throw errors.unclassified(`failed to create typed patch object (${nameText(document, schema)}): ${text}`);
  }
  try {
    return decodeStruct(document, schema, new Trail(true));
  } catch (error) {
    if (error instanceof DecodeError)
      throw errors.unclassified(
        `failed to convert new object (${nameText(document, schema)}) to proper version (${versionText(schema)}): unable to convert unstructured object to ${kindText(schema)}: ${error.message}`,
      );
    throw error;
  }
}

const versionText = ({ group, version }: StructSchema) => (group === '' ? version : `${group}/${version}`);
const kindText = ({ group, version, name }: StructSchema) => `${group}/${version}, Kind=${name}`;

function nameText(document: unknown, schema: StructSchema): string {
  const metadata = isObject(document) && isObject(document['metadata']) ? document['metadata'] : {};
  const part = (name: string) => (typeof metadata[name] === 'string' ? metadata[name] : '');
  return `${part('namespace')}/${part('name')}; ${kindText(schema)}`;
}

/**
 * Objects of the API as JSON.
 */
import type { StructSchema } from '../schema/schema.ts';
import { normalize } from './decode.ts';

/** The JSON text of an object as it stands: objects that were decoded here are in upstream's field order already. */
export function encodeJson(object: unknown): string {
  return JSON.stringify(object);
}

/** The JSON text that upstream would write for an object made in code: its field order, its zero values. */
export function encodeCanonicalJson(object: unknown, schema: StructSchema): string {
  return JSON.stringify(normalize(object, schema));
}

/**
 * What a new object is compared with: an object of its kind in which nobody has set anything.
 */
import { normalize } from '../json/decode.ts';
import type { StructSchema } from '../schema/schema.ts';

const blanks = new WeakMap<StructSchema, object>();

/** Only the structs that upstream always writes, with their zero values. Shared: never to be changed. */
export function blankOf(schema: StructSchema): object {
  const known = blanks.get(schema);
  if (known !== undefined) return known;
  const made = normalize<object>({}, schema);
  blanks.set(schema, made);
  return made;
}

/**
 * Zero values: which ones are left out of JSON and what is written for a field that nobody set.
 */
import type { Field, Schema } from './schema.ts';

/** The zero value of a type as JSON shows it; `undefined` where that would be null. */
export function zeroOf(schema: Schema): unknown {
  switch (schema.kind) {
    case 'list':
      return [];
    case 'map':
      return {};
    case 'struct':
      return filledStruct(schema.filled);
    default:
      return zeroOfScalar(schema.type);
  }
}

function zeroOfScalar(type: string): unknown {
  switch (type) {
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'float64':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'duration':
      return '0s';
    case 'string':
    case 'bytes':
      return '';
    default:
      return undefined;
  }
}

function filledStruct(fields: readonly Field[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const field of fields) made[field.name] = zeroOf(field.schema);
  return made;
}

/** Whether `omitempty` leaves the value out. */
export function isZero(value: unknown): boolean {
  if (value === '' || value === 0 || value === false) return true;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}

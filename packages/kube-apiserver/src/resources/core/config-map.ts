/** ConfigMaps. */
import { type ConfigMap, type FieldError, type FieldPath, fieldErrors, names, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable, invalidFor } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

/** Bytes of all values of a ConfigMap or a Secret: what the store takes in one value, with room for the rest. */
export const DATA_BYTES_MAX = 1024 * 1024;
const FROZEN = 'field is immutable when `immutable` is set';

export const configMap: Strategy<ConfigMap> = {
  validated: true,
  validate,
  validateUpdate: (object, old) => [...validateFrozen(object, old, ['data', 'binaryData']), ...validate(object)],
  columns: [
    nameColumn(),
    text(
      'Data',
      'Number of keys.',
      ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    ),
    ageColumn(),
  ],
};

function validate({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...invalidFor(names.configMapKey(key), key, path('data').key(key)));
    if (Object.hasOwn(binaryData, key))
      errors.push(fieldErrors.invalid(path('data').key(key), key, 'duplicate of key present in binaryData'));
    bytes += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...invalidFor(names.configMapKey(key), key, path('binaryData').key(key)));
    bytes += Buffer.byteLength(value, 'base64');
  }
  if (bytes > DATA_BYTES_MAX) errors.push(fieldErrors.tooLong(rootPath, '', DATA_BYTES_MAX));
  return errors;
}
/** Upstream names no field when the whole object is too large. */
const rootPath: FieldPath = path('');

type Freezable = { readonly immutable?: boolean | undefined };

/** Once `immutable` is set, neither it nor the data may change. */
export function validateFrozen<T extends Freezable>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (old.immutable !== true) return [];
  const lifted = object.immutable === true ? [] : [fieldErrors.forbidden(path('immutable'), FROZEN)];
  const changed = fields.filter((field) => immutable(object[field] ?? {}, old[field] ?? {}, path(field)).length > 0);
  return [...lifted, ...changed.map((field) => fieldErrors.forbidden(path(field), FROZEN))];
}

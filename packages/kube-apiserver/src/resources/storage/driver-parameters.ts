/** What classes say to a storage driver: its name and opaque parameters. */
import { type FieldError, type FieldPath, fieldErrors, names } from '@steersman/api';
import { invalidFor } from '../checks.ts';

const PARAMETERS_MAX = 512; // Upstream's bound on the number of parameters of a class.
const PARAMETERS_BYTES_MAX = 256 * 1024; // Keys and values together; they travel with every call to the driver.

/** A provisioner's or driver's name: a qualified name in any case. */
export function validateProvisioner(name: string, at: FieldPath): FieldError[] {
  if (name === '') return [fieldErrors.required(at, '')];
  const lower = name.toLowerCase();
  return invalidFor(names.qualifiedName(lower), lower, at);
}

export function validateParameters(
  parameters: Readonly<Record<string, string>> | undefined,
  allowEmpty: boolean,
  at: FieldPath,
): FieldError[] {
  const entries = Object.entries(parameters ?? {});
  if (entries.length === 0)
    return allowEmpty ? [] : [fieldErrors.required(at, 'must contain at least one key/value pair')];
  if (entries.length > PARAMETERS_MAX) return [fieldErrors.tooLong(at, '', PARAMETERS_MAX)];
  const errors = entries
    .filter(([key]) => key === '')
    .map(([key]) => fieldErrors.invalid(at, key, 'field can not be empty.'));
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return bytes > PARAMETERS_BYTES_MAX ? [...errors, fieldErrors.tooLong(at, '', PARAMETERS_BYTES_MAX)] : errors;
}

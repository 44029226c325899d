/** Metadata rules for objects inside objects (pod templates, claim templates); the engine checks metadata of the object itself. */
import { type FieldError, type FieldPath, fieldErrors, names } from '@steersman/api';
import { invalidFor } from './checks.ts';

/** Bytes of all annotation keys and values together, as upstream bounds them. */
export const ANNOTATIONS_BYTES_MAX = 256 * 1024;

type StringMap = Readonly<Record<string, string>>;

export function validateLabels(labels: StringMap | undefined, at: FieldPath): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...invalidFor(names.qualifiedName(key), key, at),
    ...invalidFor(names.labelValue(value), value, at),
  ]);
}

export function validateAnnotations(annotations: StringMap | undefined, at: FieldPath): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const errors = entries.flatMap(([key]) => invalidFor(names.qualifiedName(key.toLowerCase()), key, at));
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return bytes > ANNOTATIONS_BYTES_MAX ? [...errors, fieldErrors.tooLong(at, '', ANNOTATIONS_BYTES_MAX)] : errors;
}

/** Names that only have to be one URL path segment (RBAC kinds). */
export function pathSegmentName(name: string, prefix: boolean): readonly string[] {
  return names.pathSegment(prefix ? `${name}a` : name);
}

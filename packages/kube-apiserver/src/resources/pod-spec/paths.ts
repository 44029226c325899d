/** Paths and modes of files in volumes, and mounts below them. */
import { type FieldError, type FieldPath, fieldErrors } from '@steersman/api';

const FILE_MODE_MAX = 0o777;

/** A relative path that stays below where it starts. */
export function descendingPath(target: string, at: FieldPath): FieldError[] {
  const errors = target.startsWith('/') ? [fieldErrors.invalid(at, target, 'must be a relative path')] : [];
  return [...errors, ...noBacksteps(target, at)];
}

export function noBacksteps(target: string, at: FieldPath): FieldError[] {
  return hasBacksteps(target) ? [fieldErrors.invalid(at, target, "must not contain '..'")] : [];
}

export function hasBacksteps(target: string): boolean {
  return target.split('/').includes('..');
}

/** Names that begin with two dots are the volume writer's own. */
export function reservedPath(target: string, at: FieldPath): FieldError[] {
  const errors = descendingPath(target, at);
  return target.startsWith('..') && !target.startsWith('../')
    ? [...errors, fieldErrors.invalid(at, target, "must not start with '..'")]
    : errors;
}

export function validateFileMode(mode: number | undefined, at: FieldPath): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= FILE_MODE_MAX)) return [];
  return [fieldErrors.invalid(at, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

/**
 * Files that volumes are made of: keys of secrets and config maps, fields of the pod, tokens. Trust bundles and pod
 * certificates are behind gates that v1.36 has off: `dropDisabledFields` removes them before anybody looks.
 */
import {
  type DownwardAPIProjection,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type KeyToPath,
  type ProjectedVolumeSource,
  type ServiceAccountTokenProjection,
  type VolumeProjection,
} from '@steersman/api';
import { each, empty, required } from '../checks.ts';
import { validateFieldRef, validateResourceFieldRef } from './env.ts';
import { reservedPath, validateFileMode } from './paths.ts';

const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;
const VOLUME_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const CONFLICT = 'conflicting duplicate paths';

export function validateItems(items: readonly KeyToPath[] | undefined, at: FieldPath): FieldError[] {
  return each(items, at, validateItem);
}

function validateItem(item: KeyToPath, at: FieldPath): FieldError[] {
  return [
    ...required(item.key, at.child('key')),
    ...required(item.path, at.child('path')),
    ...reservedPath(item.path ?? '', at.child('path')),
    ...validateFileMode(item.mode, at.child('mode')),
  ];
}

type DownwardFile = NonNullable<DownwardAPIProjection['items']>[number];

/** The path names the volume, not the file in it: so upstream reports it. */
export function validateDownwardFile(file: DownwardFile, at: FieldPath): FieldError[] {
  const errors = [...required(file.path, at.child('path')), ...reservedPath(file.path ?? '', at.child('path'))];
  if (file.fieldRef) {
    errors.push(...validateFieldRef(file.fieldRef, VOLUME_FIELDS, at.child('fieldRef')));
    if (file.resourceFieldRef)
      errors.push(
        fieldErrors.invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
      );
  } else if (file.resourceFieldRef) {
    errors.push(...validateResourceFieldRef(file.resourceFieldRef, true, at.child('resourceFieldRef')));
  } else errors.push(fieldErrors.required(at, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...validateFileMode(file.mode, at.child('mode'))];
}

/** Paths that sources of one volume took so far; each may be written by one source only. */
interface Taken {
  readonly paths: Set<string>;
  readonly at: FieldPath;
}

/** `shown` is the value that upstream's message has: not always the path. */
function take({ paths, at }: Taken, target: string, shown = target): FieldError[] {
  if (paths.has(target)) return [fieldErrors.invalid(at, shown, CONFLICT)];
  paths.add(target);
  return [];
}

export function validateProjected(projected: ProjectedVolumeSource, at: FieldPath): FieldError[] {
  const taken: Taken = { paths: new Set(), at };
  return [
    ...validateFileMode(projected.defaultMode, at.child('defaultMode')),
    ...each(projected.sources, at.child('sources'), (source, where) => validateSource(source, taken, where)),
  ];
}

function validateSource(source: VolumeProjection, taken: Taken, at: FieldPath): FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken } = source;
  const errors: FieldError[] = [];
  if (secret) errors.push(...validateKeys(secret, taken, at.child('secret')));
  if (configMap) errors.push(...validateKeys(configMap, taken, at.child('configMap')));
  for (const file of downwardAPI?.items ?? []) {
    errors.push(...validateDownwardFile(file, at.child('downwardAPI')));
    if (!empty(file.path)) errors.push(...take(taken, file.path));
  }
  if (serviceAccountToken)
    errors.push(...validateToken(serviceAccountToken, taken.at, at.child('serviceAccountToken')));
  const count = Object.values(source).filter((value) => value !== undefined && value !== null).length;
  if (count > 1) errors.push(fieldErrors.forbidden(at, 'may not specify more than 1 volume type per source'));
  return errors;
}

interface Keys {
  readonly name?: string | undefined;
  readonly items?: readonly KeyToPath[] | undefined;
}

function validateKeys({ name, items }: Keys, taken: Taken, at: FieldPath): FieldError[] {
  return [
    ...required(name, at.child('name')),
    ...each(items, at.child('items'), (item, where) => [
      ...validateItem(item, where),
      ...(empty(item.path) ? [] : take(taken, item.path, name ?? '')),
    ]),
  ];
}

function validateToken(token: ServiceAccountTokenProjection, volumeAt: FieldPath, at: FieldPath): FieldError[] {
  const seconds = token.expirationSeconds ?? 0;
  const secondsAt = at.child('expirationSeconds');
  const errors: FieldError[] = [];
  if (seconds < TOKEN_SECONDS_MIN)
    errors.push(fieldErrors.invalid(secondsAt, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > TOKEN_SECONDS_MAX)
    errors.push(fieldErrors.invalid(secondsAt, seconds, 'may not specify a duration larger than 2^32 seconds'));
  const pathAt = volumeAt.child('path');
  return [...errors, ...(empty(token.path) ? [fieldErrors.required(pathAt, '')] : reservedPath(token.path, pathAt))];
}

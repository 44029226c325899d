/** Volumes: exactly one source each, and the sources people use. */
import { type FieldError, type FieldPath, fieldErrors, type KeyToPath, names, type Volume } from '@steersman/api';
import { each, empty, invalidFor, oneOf, required, requiredOneOf, unique } from '../checks.ts';
import { validateFieldRef, validateResourceFieldRef } from './env.ts';
import { quantityOf } from './quantities.ts';

const FILE_MODE_MAX = 0o777;
const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;
const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const VOLUME_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const ONE_TYPE = 'may not specify more than 1 volume type';

export function validateVolumes(volumes: readonly Volume[] | undefined, at: FieldPath): FieldError[] {
  return [
    ...each(volumes, at, (volume, where) => [
      ...(empty(volume.name)
        ? [fieldErrors.required(where.child('name'), '')]
        : invalidFor(names.dns1123Label(volume.name), volume.name, where.child('name'))),
      ...validateSource(volume, where),
    ]),
    ...unique(volumes, (volume, index) => ({ value: volume.name, at: at.index(index).child('name') })),
  ];
}

function validateSource(volume: Volume, at: FieldPath): FieldError[] {
  const sources = Object.entries(volume).filter(
    ([key, value]) => key !== 'name' && value !== undefined && value !== null,
  );
  if (sources.length === 0) return [fieldErrors.required(at, 'must specify a volume type')];
  return sources.flatMap(([name], index) => {
    if (index > 0) return [fieldErrors.forbidden(at.child(name), ONE_TYPE)];
    return checks[name]?.(volume, at.child(name)) ?? [];
  });
}

type Check = (volume: Volume, at: FieldPath) => FieldError[];

const checks: Readonly<Record<string, Check>> = {
  emptyDir: ({ emptyDir }, at) => {
    const limit = quantityOf(emptyDir?.sizeLimit);
    return limit !== undefined && limit.sign() < 0
      ? [fieldErrors.forbidden(at.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity')]
      : [];
  },
  hostPath: ({ hostPath }, at) => [
    ...(empty(hostPath?.path)
      ? [fieldErrors.required(at.child('path'), '')]
      : noBacksteps(hostPath?.path ?? '', at.child('path'))),
    ...oneOf(hostPath?.type ?? '', HOST_PATH_TYPES, at.child('type')),
  ],
  secret: ({ secret }, at) => [
    ...required(secret?.secretName, at.child('secretName')),
    ...validateMode(secret?.defaultMode, at.child('defaultMode')),
    ...validateItems(secret?.items, at.child('items')),
  ],
  configMap: ({ configMap }, at) => [
    ...required(configMap?.name, at.child('name')),
    ...validateMode(configMap?.defaultMode, at.child('defaultMode')),
    ...validateItems(configMap?.items, at.child('items')),
  ],
  persistentVolumeClaim: (volume, at) => required(volume.persistentVolumeClaim?.claimName, at.child('claimName')),
  downwardAPI: ({ downwardAPI }, at) => [
    ...validateMode(downwardAPI?.defaultMode, at.child('defaultMode')),
    ...validateDownward(downwardAPI?.items, at),
  ],
  projected: ({ projected }, at) => [
    ...validateMode(projected?.defaultMode, at.child('defaultMode')),
    ...each(projected?.sources, at.child('sources'), validateProjection),
  ],
  nfs: ({ nfs }, at) => {
    const errors = [...required(nfs?.server, at.child('server')), ...required(nfs?.path, at.child('path'))];
    if (nfs !== undefined && !empty(nfs.path) && !nfs.path.startsWith('/'))
      errors.push(fieldErrors.invalid(at.child('path'), nfs.path, 'must be an absolute path'));
    return errors;
  },
  csi: ({ csi }, at) => required(csi?.driver, at.child('driver')),
  image: ({ image }, at) => [
    ...required(image?.reference, at.child('reference')),
    ...requiredOneOf(image?.pullPolicy, ['Always', 'IfNotPresent', 'Never'], at.child('pullPolicy')),
  ],
  ephemeral: ({ ephemeral }, at) => required(ephemeral?.volumeClaimTemplate, at.child('volumeClaimTemplate')),
};

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

function validateProjection(source: Projection, at: FieldPath): FieldError[] {
  const present = Object.entries(source).filter(([, value]) => value !== undefined && value !== null);
  const extra = present.slice(1).map(([name]) => fieldErrors.forbidden(at.child(name), ONE_TYPE));
  const [first] = present;
  if (first === undefined) return [];
  const where = at.child(first[0]);
  const { secret, configMap, downwardAPI, serviceAccountToken: token } = source;
  const errors: FieldError[] = [];
  if (first[0] === 'secret')
    errors.push(...required(secret?.name, where.child('name')), ...validateItems(secret?.items, where.child('items')));
  if (first[0] === 'configMap')
    errors.push(
      ...required(configMap?.name, where.child('name')),
      ...validateItems(configMap?.items, where.child('items')),
    );
  if (first[0] === 'downwardAPI') errors.push(...validateDownward(downwardAPI?.items, where));
  if (first[0] === 'serviceAccountToken' && token) errors.push(...validateToken(token, where));
  return [...errors, ...extra];
}

function validateToken(token: NonNullable<Projection['serviceAccountToken']>, at: FieldPath): FieldError[] {
  const seconds = token.expirationSeconds ?? TOKEN_SECONDS_MIN;
  const errors: FieldError[] = [];
  if (seconds < TOKEN_SECONDS_MIN)
    errors.push(
      fieldErrors.invalid(at.child('expirationSeconds'), seconds, 'may not specify a duration less than 10 minutes'),
    );
  if (seconds > TOKEN_SECONDS_MAX)
    errors.push(
      fieldErrors.invalid(
        at.child('expirationSeconds'),
        seconds,
        'may not specify a duration larger than 2^32 seconds',
      ),
    );
  return [...errors, ...required(token.path, at.child('path'))];
}

function validateDownward(items: NonNullable<Volume['downwardAPI']>['items'], at: FieldPath): FieldError[] {
  return (items ?? []).flatMap((item) => {
    const errors = empty(item.path)
      ? [fieldErrors.required(at.child('path'), '')]
      : reservedPath(item.path, at.child('path'));
    if (item.fieldRef) errors.push(...validateFieldRef(item.fieldRef, VOLUME_FIELDS, at.child('fieldRef')));
    if (item.fieldRef && item.resourceFieldRef)
      errors.push(
        fieldErrors.invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
      );
    else if (item.resourceFieldRef)
      errors.push(...validateResourceFieldRef(item.resourceFieldRef, true, at.child('resourceFieldRef')));
    else if (!item.fieldRef) errors.push(fieldErrors.required(at, 'one of fieldRef and resourceFieldRef is required'));
    return [...errors, ...validateMode(item.mode, at.child('mode'))];
  });
}

function validateItems(items: readonly KeyToPath[] | undefined, at: FieldPath): FieldError[] {
  return each(items, at, (item, where) => [
    ...required(item.key, where.child('key')),
    ...(empty(item.path)
      ? [fieldErrors.required(where.child('path'), '')]
      : reservedPath(item.path, where.child('path'))),
    ...validateMode(item.mode, where.child('mode')),
  ]);
}

function validateMode(mode: number | undefined, at: FieldPath): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= FILE_MODE_MAX)) return [];
  return [fieldErrors.invalid(at, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

/** A relative path that stays below where it starts. */
export function descendingPath(target: string, at: FieldPath): FieldError[] {
  const errors = target.startsWith('/') ? [fieldErrors.invalid(at, target, 'must be a relative path')] : [];
  return [...errors, ...noBacksteps(target, at)];
}

export function noBacksteps(target: string, at: FieldPath): FieldError[] {
  return target.split('/').includes('..') ? [fieldErrors.invalid(at, target, "must not contain '..'")] : [];
}

/** Names that begin with two dots are the volume writer's own. */
function reservedPath(target: string, at: FieldPath): FieldError[] {
  const errors = descendingPath(target, at);
  return target.startsWith('..') && !target.startsWith('../') && target !== '..'
    ? [...errors, fieldErrors.invalid(at, target, "must not start with '..'")]
    : errors;
}

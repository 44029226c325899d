/** Volumes of pods: exactly one source each, judged in upstream's order. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  type PersistentVolumeClaimTemplate,
  type Volume,
} from '@steersman/api';
import { each, empty, invalidFor, required, requiredOneOf } from '../checks.ts';
import { validateClaimSpec } from '../core/claim-spec.ts';
import { validateAnnotations, validateLabels } from '../metadata.ts';
import { descendingPath, validateFileMode } from './paths.ts';
import { validateDownwardFile, validateItems, validateProjected } from './projected.ts';
import { quantityOf } from './quantities.ts';
import {
  ISCSI_TOO_LONG,
  isIscsiNameTooLong,
  requiredFields,
  validateAzureDisk,
  validateDisk,
  validateDriverName,
  validateFc,
  validateFlex,
  validateFlocker,
  validateHostPath,
  validateIscsi,
  validateNfs,
  validateQuobyte,
  validateStorageOs,
} from './volume-sources.ts';

const ONE_TYPE = 'may not specify more than 1 volume type';

export interface VolumeOptions {
  /** False for templates, which may leave more open. */
  readonly isPod: boolean;
  /** The name of the pod, once it has one: claims of ephemeral volumes are named after it. */
  readonly podName?: string | undefined;
}

/** The errors, and the volumes that mounts may refer to: those without any. */
export interface CheckedVolumes {
  readonly errors: FieldError[];
  readonly sound: ReadonlyMap<string, Volume>;
}

export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  at: FieldPath,
  options: VolumeOptions,
): CheckedVolumes {
  const sound = new Map<string, Volume>();
  const created = new Set(
    (volumes ?? []).flatMap(({ name, ephemeral }) =>
      ephemeral && options.podName ? [`${options.podName}-${name}`] : [],
    ),
  );
  const errors = each(volumes, at, (volume, where) => {
    const found = [...validateSource(volume, where, options), ...validateName(volume.name, sound, where.child('name'))];
    if (found.length === 0) sound.set(volume.name, volume);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim === undefined || !created.has(claim)) return found;
    const claimAt = where.child('persistentVolumeClaim', 'claimName');
    return [
      ...found,
      fieldErrors.invalid(claimAt, claim, 'must not reference a PVC that gets created for an ephemeral volume'),
    ];
  });
  return { errors, sound };
}

function validateName(name: string, seen: ReadonlyMap<string, unknown>, at: FieldPath): FieldError[] {
  return [
    ...(empty(name) ? [fieldErrors.required(at, '')] : invalidFor(names.dns1123Label(name), name, at)),
    ...(seen.has(name) ? [fieldErrors.duplicate(at, name)] : []),
  ];
}

type Check = (volume: Volume, at: FieldPath, options: VolumeOptions) => FieldError[];

interface Source {
  readonly field: keyof Volume;
  readonly check: Check;
  /** What upstream calls the source in its causes, where that is not the field's name. */
  readonly path?: string;
  /** The same for the cause that says it is one too many. */
  readonly spare?: string;
}

function validateSource(volume: Volume, at: FieldPath, options: VolumeOptions): FieldError[] {
  const present = SOURCES.filter(({ field }) => volume[field] !== undefined && volume[field] !== null);
  if (present.length === 0) return [fieldErrors.required(at, 'must specify a volume type')];
  const errors = present.flatMap(({ field, check, path = field, spare = field }, index) => [
    ...(index === 0 ? check(volume, at.child(path), options) : [fieldErrors.forbidden(at.child(spare), ONE_TYPE)]),
    ...(field === 'iscsi' ? validateIscsiLength(volume, at) : []),
  ]);
  return errors;
}

function validateIscsiLength({ name, iscsi }: Volume, at: FieldPath): FieldError[] {
  if (iscsi === undefined || !isIscsiNameTooLong(iscsi, name)) return [];
  return [fieldErrors.invalid(at.child('name'), name, ISCSI_TOO_LONG)];
}

/** A source with a check of its own, of the part of the volume that it fills. */
function of<F extends keyof Volume>(
  field: F,
  check: (source: NonNullable<Volume[F]>, at: FieldPath, volume: Volume, options: VolumeOptions) => FieldError[],
  paths: Pick<Source, 'path' | 'spare'> = {},
): Source {
  return {
    field,
    check: (volume, at, options) => check(volume[field] as NonNullable<Volume[F]>, at, volume, options),
    ...paths,
  };
}

const SOURCES: readonly Source[] = [
  of('emptyDir', ({ sizeLimit }, at) => {
    const negative = (quantityOf(sizeLimit)?.sign() ?? 0) < 0;
    return negative
      ? [fieldErrors.forbidden(at.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity')]
      : [];
  }),
  of('hostPath', validateHostPath),
  of('gitRepo', (source, at) => [
    ...requiredFields(source, at, 'repository'),
    ...descendingPath(source.directory ?? '', at.child('directory')),
  ]),
  of('gcePersistentDisk', (source, at) => validateDisk(source, 'pdName', at), { path: 'persistentDisk' }),
  of('awsElasticBlockStore', (source, at) => validateDisk(source, 'volumeID', at)),
  of('secret', ({ secretName, defaultMode, items }, at) => [
    ...required(secretName, at.child('secretName')),
    ...validateFileMode(defaultMode, at.child('defaultMode')),
    ...validateItems(items, at.child('items')),
  ]),
  of('nfs', validateNfs),
  of('iscsi', (source, at) => validateIscsi(source, 'must be valid format starting with iqn, eui, or naa', at)),
  of('glusterfs', (source, at) => requiredFields(source, at, 'endpoints', 'path')),
  of('flocker', validateFlocker),
  of('persistentVolumeClaim', (source, at) => requiredFields(source, at, 'claimName')),
  of('rbd', (source, at) => requiredFields(source, at, 'monitors', 'image')),
  of('cinder', (source, at) => [...requiredFields(source, at, 'volumeID'), ...validateSecretName(source, at)]),
  of('cephfs', (source, at) => requiredFields(source, at, 'monitors'), { spare: 'cephFS' }),
  of('quobyte', validateQuobyte),
  of(
    'downwardAPI',
    ({ defaultMode, items }, at) => [
      ...validateFileMode(defaultMode, at.child('defaultMode')),
      ...(items ?? []).flatMap((item) => validateDownwardFile(item, at)),
    ],
    { spare: 'downwarAPI' },
  ),
  of('fc', validateFc),
  of('flexVolume', validateFlex),
  of('configMap', ({ name, defaultMode, items }, at) => [
    ...required(name, at.child('name')),
    ...validateFileMode(defaultMode, at.child('defaultMode')),
    ...validateItems(items, at.child('items')),
  ]),
  of('azureFile', (source, at) => requiredFields(source, at, 'secretName', 'shareName')),
  of('vsphereVolume', (source, at) => requiredFields(source, at, 'volumePath')),
  of('photonPersistentDisk', (source, at) => requiredFields(source, at, 'pdID')),
  of('portworxVolume', (source, at) => requiredFields(source, at, 'volumeID')),
  of('azureDisk', validateAzureDisk),
  of('storageos', (source, at) => [...validateStorageOs(source, at), ...validateSecretName(source, at)]),
  of('projected', validateProjected),
  of('scaleIO', (source, at) => requiredFields(source, at, 'gateway', 'system', 'volumeName')),
  of('csi', ({ driver, nodePublishSecretRef }, at) => [
    ...validateDriverName(driver, at.child('driver')),
    ...validatePublishSecret(nodePublishSecretRef, at),
  ]),
  of('ephemeral', validateEphemeral),
  of('image', ({ reference, pullPolicy }, at, _volume, { isPod }) => [
    ...(isPod ? required(reference, at.child('reference')) : []),
    ...requiredOneOf(pullPolicy, ['Always', 'IfNotPresent', 'Never'], at.child('pullPolicy')),
  ]),
];

interface WithSecret {
  readonly secretRef?: { readonly name?: string | undefined } | undefined;
}

function validateSecretName({ secretRef }: WithSecret, at: FieldPath): FieldError[] {
  return secretRef ? required(secretRef.name, at.child('secretRef', 'name')) : [];
}

/** A malformed name is reported at `name`, not at the reference: so upstream does. */
function validatePublishSecret(reference: WithSecret['secretRef'], at: FieldPath): FieldError[] {
  if (!reference) return [];
  if (empty(reference.name)) return [fieldErrors.required(at.child('nodePublishSecretRef', 'name'), '')];
  return invalidFor(names.dns1123Subdomain(reference.name), reference.name, at.child('name'));
}

function validateEphemeral(
  { volumeClaimTemplate: template }: NonNullable<Volume['ephemeral']>,
  at: FieldPath,
  { name }: Volume,
  { podName }: VolumeOptions,
): FieldError[] {
  const templateAt = at.child('volumeClaimTemplate');
  const errors = template ? validateClaimTemplate(template, templateAt) : [fieldErrors.required(templateAt, '')];
  if (empty(podName) || empty(name)) return errors;
  const claim = `${podName}-${name}`;
  const problems = names.dns1123Subdomain(claim);
  return [
    ...errors,
    ...problems.map((message) =>
      fieldErrors.invalid(at.child('name'), name, `PVC name ${JSON.stringify(claim)}: ${message}`),
    ),
  ];
}

/** Of the metadata of a claim template only labels and annotations have an effect: the rest is refused. */
function validateClaimTemplate({ metadata = {}, spec }: PersistentVolumeClaimTemplate, at: FieldPath): FieldError[] {
  const metadataAt = at.child('metadata');
  const { labels, annotations, ...others } = metadata;
  const set = Object.entries(others).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return [
    ...validateAnnotations(annotations, metadataAt.child('annotations')),
    ...validateLabels(labels, metadataAt.child('labels')),
    ...set.map(([field]) => fieldErrors.forbidden(metadataAt.child(field), 'cannot be set')),
    ...validateClaimSpec(spec, at.child('spec')),
  ];
}

/** Where the bytes of PersistentVolumes are: exactly one source, judged in upstream's order. */
import {
  type CSIPersistentVolumeSource,
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  type PersistentVolumeSpec,
  type SecretReference,
} from '@steersman/api';
import { empty, invalidFor } from '../checks.ts';
import { noBacksteps } from '../pod-spec/paths.ts';
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
} from '../pod-spec/volume-sources.ts';

/** The source's errors, given the spec that has it; paths are upstream's, also where they differ from the field. */
type Check = (spec: PersistentVolumeSpec, volume: string, at: FieldPath) => FieldError[];

/** A check of the source in `field`. */
function check<K extends keyof PersistentVolumeSpec & string>(
  field: K,
  validate: (source: NonNullable<PersistentVolumeSpec[K]>, at: FieldPath, volume: string) => FieldError[],
  names: { readonly inside?: string; readonly twice?: string } = {},
): readonly [field: K, twice: string, check: Check] {
  const run: Check = (spec, volume, at) => {
    const source = spec[field];
    return source ? validate(source, at.child(names.inside ?? field), volume) : [];
  };
  return [field, names.twice ?? field, run];
}

const CHECKS: readonly (readonly [field: keyof PersistentVolumeSpec, twice: string, check: Check])[] = [
  check('hostPath', validateHostPath),
  check('gcePersistentDisk', (disk, at) => validateDisk(disk, 'pdName', at), { inside: 'persistentDisk' }),
  check('awsElasticBlockStore', (disk, at) => validateDisk(disk, 'volumeID', at)),
  check('glusterfs', (source, at) => [
    ...requiredFields(source, at, 'endpoints', 'path'),
    ...validateEndpointsNamespace(source.endpointsNamespace, at.child('endpointsNamespace')),
  ]),
  check('flocker', validateFlocker),
  check('nfs', validateNfs),
  check('rbd', (source, at) => requiredFields(source, at, 'monitors', 'image')),
  check('quobyte', validateQuobyte),
  check('cephfs', (source, at) => requiredFields(source, at, 'monitors'), { twice: 'cephFS' }),
  check('iscsi', (source, at, volume) => [
    ...requiredFields(source, at, 'targetPortal'),
    ...(isIscsiNameTooLong(source, volume)
      ? [fieldErrors.invalid(at.child('targetportal'), source.targetPortal, ISCSI_TOO_LONG)]
      : []),
    ...validateIscsi(source, 'must be valid format', at, secretParts(source.secretRef, at, 'name')),
  ]),
  check('cinder', (source, at) => [
    ...requiredFields(source, at, 'volumeID'),
    ...secretParts(source.secretRef, at, 'name', 'namespace'),
  ]),
  check('fc', validateFc),
  check('flexVolume', validateFlex),
  check('azureFile', (source, at) => [
    ...requiredFields(source, at, 'secretName', 'shareName'),
    ...(source.secretNamespace === '' ? [fieldErrors.required(at.child('secretNamespace'), '')] : []),
  ]),
  check('vsphereVolume', (source, at) => requiredFields(source, at, 'volumePath')),
  check('photonPersistentDisk', (source, at) => requiredFields(source, at, 'pdID')),
  check('portworxVolume', (source, at) => requiredFields(source, at, 'volumeID')),
  check('azureDisk', validateAzureDisk),
  check('scaleIO', (source, at) => requiredFields(source, at, 'gateway', 'system', 'volumeName')),
  check('local', ({ path }, at) =>
    empty(path) ? [fieldErrors.required(at.child('path'), '')] : noBacksteps(path, at.child('path')),
  ),
  check('storageos', (source, at) => [
    ...validateStorageOs(source, at),
    ...secretParts(source.secretRef, at, 'name', 'namespace'),
  ]),
  check('csi', validateCsi),
];

export const SOURCE_FIELDS: readonly (keyof PersistentVolumeSpec)[] = CHECKS.map(([field]) => field);

export function validateVolumeSource(spec: PersistentVolumeSpec, volume: string, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let found = 0;
  for (const [field, twice, validate] of CHECKS) {
    if (!spec[field]) continue;
    found += 1;
    // Upstream forgot to count here.
    if (found > 1 && field !== 'flexVolume')
      errors.push(fieldErrors.forbidden(at.child(twice), 'may not specify more than 1 volume type'));
    else errors.push(...validate(spec, volume, at), ...validateLocalAffinity(spec, field, at));
  }
  return found === 0 ? [fieldErrors.required(at, 'must specify a volume type')] : errors;
}

/** A disk of one node is of no use to pods on others. */
function validateLocalAffinity(spec: PersistentVolumeSpec, field: string, at: FieldPath): FieldError[] {
  if (field !== 'local' || spec.nodeAffinity) return [];
  return [fieldErrors.required(at.child('nodeAffinity'), 'Local volume requires node affinity')];
}

function validateEndpointsNamespace(namespace: string | undefined, at: FieldPath): FieldError[] {
  if (namespace === undefined) return [];
  if (namespace === '')
    return [fieldErrors.required(at, 'if the endpointnamespace is set, it must be a valid namespace name')];
  return invalidFor(names.dns1123Label(namespace), namespace, at);
}

function secretParts(
  secret: SecretReference | undefined,
  at: FieldPath,
  ...parts: readonly (keyof SecretReference)[]
): FieldError[] {
  if (!secret) return [];
  return parts
    .filter((part) => empty(secret[part]))
    .map((part) => fieldErrors.required(at.child('secretRef', part), ''));
}

function validateCsi(csi: CSIPersistentVolumeSource, at: FieldPath): FieldError[] {
  const secrets = [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
  ] as const;
  return [
    ...validateDriverName(csi.driver, at.child('driver')),
    ...requiredFields(csi, at, 'volumeHandle'),
    ...secrets.flatMap((field) => validateSecret(csi[field], at.child(field))),
  ];
}

function validateSecret(secret: SecretReference | undefined, at: FieldPath): FieldError[] {
  if (!secret) return [];
  const { name, namespace } = secret;
  const nameAt = at.child('name');
  const namespaceAt = at.child('namespace');
  return [
    ...(empty(name) ? [fieldErrors.required(nameAt, '')] : invalidFor(names.dns1123Subdomain(name), name, nameAt)),
    ...(empty(namespace)
      ? [fieldErrors.required(namespaceAt, '')]
      : invalidFor(names.dns1123Label(namespace), namespace, namespaceAt)),
  ];
}

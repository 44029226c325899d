/** What a PersistentVolume may look like, and what an update may change. */
import {
  type FieldError,
  fieldErrors,
  names,
  type PersistentVolume,
  type PersistentVolumeSpec,
  path,
  semanticEqual,
  type VolumeNodeAffinity,
} from '@steersman/api';
import { empty, immutable, invalidFor, oneOf } from '../checks.ts';
import { unifiedDiff } from '../pod-spec/difference.ts';
import { internalForm } from '../pod-spec/internal-form.ts';
import { validateBasicAmount } from '../pod-spec/quantities.ts';
import { validateNodeSelector } from '../pod-spec/scheduling.ts';
import { positiveAmount, validateAccessModes } from './claim-spec.ts';
import { SOURCE_FIELDS, validateVolumeSource } from './volume-sources.ts';

export const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';
const SPEC = path('spec');
/** Sources whose options could be given in an annotation. */
const WITH_OPTIONS = [
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'nfs',
  'rbd',
  'quobyte',
  'iscsi',
  'cinder',
  'cephfs',
  'azureFile',
  'vsphereVolume',
  'azureDisk',
  'storageos',
] as const;
/** Labels of nodes that got another name when they left beta. */
const RENAMED: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

export function validateVolume({ metadata, spec }: PersistentVolume): FieldError[] {
  const modesAt = SPEC.child('accessModes');
  const policyAt = SPEC.child('persistentVolumeReclaimPolicy');
  const { persistentVolumeReclaimPolicy: policy, storageClassName, volumeMode } = spec;
  const recyclesRoot = policy === 'Recycle' && isRoot(spec.hostPath?.path);
  return [
    ...((spec.accessModes ?? []).length === 0 ? [fieldErrors.required(modesAt, '')] : []),
    ...validateAccessModes(spec.accessModes, modesAt),
    ...validateCapacity(spec),
    ...(empty(policy) ? [] : oneOf(policy, ['Delete', 'Recycle', 'Retain'], policyAt)),
    ...validateAffinity(spec),
    ...validateVolumeSource(spec, metadata.name ?? '', SPEC),
    ...(recyclesRoot ? [fieldErrors.forbidden(policyAt, "may not be 'recycle' for a hostPath mount of '/'")] : []),
    ...(empty(storageClassName)
      ? []
      : invalidFor(names.dns1123Subdomain(storageClassName), storageClassName, SPEC.child('storageClassName'))),
    ...(volumeMode === undefined ? [] : oneOf(volumeMode, ['Block', 'Filesystem'], SPEC.child('volumeMode'))),
    ...validateAttributesClass(spec),
  ];
}

function isRoot(directory: string | undefined): boolean {
  return directory !== undefined && /^\/[/.]*$/.test(directory) && !directory.includes('...');
}

function validateCapacity({ capacity }: PersistentVolumeSpec): FieldError[] {
  const at = SPEC.child('capacity');
  const entries = Object.entries(capacity ?? {});
  return [
    ...(entries.length === 0 ? [fieldErrors.required(at, '')] : []),
    ...(entries.length === 1 && capacity?.['storage'] !== undefined
      ? []
      : [fieldErrors.notSupported(at, capacity ?? null, ['storage'])]),
    ...entries.flatMap(([name, text]) => [
      ...validateBasicAmount(text, at.key(name)),
      ...(positiveAmount(text, at.key(name)) ?? []),
    ]),
  ];
}

function validateAffinity({ nodeAffinity }: PersistentVolumeSpec): FieldError[] {
  if (!nodeAffinity) return [];
  const at = SPEC.child('nodeAffinity', 'required');
  return nodeAffinity.required
    ? validateNodeSelector(nodeAffinity.required, at)
    : [fieldErrors.required(at, 'must specify required node constraints')];
}

function validateAttributesClass(spec: PersistentVolumeSpec): FieldError[] {
  const name = spec.volumeAttributesClassName;
  if (name === undefined) return [];
  const at = SPEC.child('volumeAttributesClassName');
  return [
    ...(name === ''
      ? [fieldErrors.required(at, 'an empty string is disallowed')]
      : invalidFor(names.dns1123Subdomain(name), name, at)),
    ...(spec.csi
      ? []
      : [fieldErrors.required(SPEC.child('csi'), 'has to be specified when using volumeAttributesClassName')]),
  ];
}

/** Some plugins took options from an annotation; for the others it means nothing. */
export function validateMountOptions({ metadata, spec }: PersistentVolume): FieldError[] {
  if (metadata.annotations?.[MOUNT_OPTIONS] === undefined || WITH_OPTIONS.some((field) => spec[field])) return [];
  const detail = 'may not specify mount options for this volume type';
  return [fieldErrors.forbidden(path('metadata', 'annotations', MOUNT_OPTIONS), detail)];
}

export function validateVolumeChange(volume: PersistentVolume, old: PersistentVolume): FieldError[] {
  const now = volume.spec;
  const before = old.spec;
  const errors = validateSourceChange(now, before);
  errors.push(...immutable(now.volumeMode, before.volumeMode, path('volumeMode')));
  if (before.nodeAffinity !== undefined && !isSameAffinity(now.nodeAffinity, before.nodeAffinity)) {
    const detail = 'field is immutable, except for updating from beta label to GA';
    const shown = now.nodeAffinity === undefined ? null : internalForm(now.nodeAffinity, 'VolumeNodeAffinity');
    errors.push(fieldErrors.invalid(path('nodeAffinity'), shown, detail));
  }
  if (before.volumeAttributesClassName !== undefined && now.volumeAttributesClassName === undefined) {
    const detail = 'update from non-nil value to nil is forbidden';
    errors.push(fieldErrors.forbidden(SPEC.child('volumeAttributesClassName'), detail));
  }
  return errors;
}

/** Where the bytes are does not change under those who use them; the secret for expanding may be added. */
function validateSourceChange(now: PersistentVolumeSpec, before: PersistentVolumeSpec): FieldError[] {
  const lacked = before.csi && before.csi.controllerExpandSecretRef === undefined;
  const csi = lacked && now.csi ? { ...now.csi, controllerExpandSecretRef: undefined } : now.csi;
  const source = sourceOf({ ...now, csi });
  const old = sourceOf(before);
  if (semanticEqual(source, old)) return [];
  const detail = `spec.persistentvolumesource is immutable after creation\n${unifiedDiff(old, source)}`;
  return [fieldErrors.forbidden(SPEC.child('persistentvolumesource'), detail)];
}

function sourceOf(spec: PersistentVolumeSpec): unknown {
  return internalForm(Object.fromEntries(SOURCE_FIELDS.map((field) => [field, spec[field]])), 'PersistentVolumeSource');
}

function isSameAffinity(now: VolumeNodeAffinity | undefined, before: VolumeNodeAffinity): boolean {
  if (now === undefined) return false;
  const keys = (affinity: VolumeNodeAffinity) =>
    (affinity.required?.nodeSelectorTerms ?? []).map(({ matchExpressions = [] }) =>
      matchExpressions.map(({ key }) => key),
    );
  const given = keys(now);
  const adopted = {
    ...before,
    ...(before.required && {
      required: {
        ...before.required,
        nodeSelectorTerms: before.required.nodeSelectorTerms.map((term, index) => ({
          ...term,
          ...(term.matchExpressions && {
            matchExpressions: term.matchExpressions.map((requirement, position) => {
              const key = RENAMED[requirement.key];
              return key !== undefined && key === given[index]?.[position] ? { ...requirement, key } : requirement;
            }),
          }),
        })),
      },
    }),
  };
  return semanticEqual(now, adopted);
}

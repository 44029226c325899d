/** PersistentVolumes. */
import { type FieldError, fieldErrors, type PersistentVolume, path, semanticEqual } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, oneOf } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { quantityOf } from '../pod-spec/quantities.ts';
import { validateNodeSelector } from '../pod-spec/scheduling.ts';
import { statusOnly } from '../preparation.ts';
import { ACCESS_MODES, accessModesText } from './persistent-volume-claim.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

export const persistentVolume: Strategy<PersistentVolume> = {
  validated: true,
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.persistentVolumeReclaimPolicy ||= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath) spec.hostPath.type ??= '';
  },
  ...statusOnly<PersistentVolume>(() => ({ phase: 'Pending' })),
  validate,
  validateUpdate: (object, old) => [...validate(object), ...validateSource(object, old)],
  columns: [
    nameColumn(),
    text('Capacity', 'How much it holds.', ({ spec }) => spec.capacity?.['storage'] ?? ''),
    text('Access Modes', 'How it can be mounted.', ({ spec }) => accessModesText(spec.accessModes)),
    text('Reclaim Policy', 'What becomes of it after use.', ({ spec }) => spec.persistentVolumeReclaimPolicy ?? ''),
    text('Status', 'Whether it is taken.', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    text('Claim', 'Who has it.', ({ spec }) =>
      spec.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : '',
    ),
    text(
      'StorageClass',
      'Its class.',
      ({ spec, metadata }) => metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? '',
    ),
    text('VolumeAttributesClass', 'Its attributes class.', ({ spec }) => spec.volumeAttributesClassName || '<unset>'),
    text('Reason', 'Why it is in this state.', ({ status }) => status?.reason ?? ''),
    ageColumn(),
    text('VolumeMode', 'Filesystem or Block.', ({ spec }) => spec.volumeMode ?? '<unset>', 1),
  ],
  selectableFields: ({ metadata }) => ({ name: metadata.name ?? '' }),
};

const SPEC = path('spec');
/** Fields of the spec that are not the volume's source. */
const OTHER_FIELDS = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

function sourcesOf(spec: PersistentVolume['spec']): [string, unknown][] {
  return Object.entries(spec).filter(
    ([field, value]) => !OTHER_FIELDS.has(field) && value !== undefined && value !== null,
  );
}

function validate({ spec }: PersistentVolume): FieldError[] {
  const errors: FieldError[] = [];
  const modesAt = SPEC.child('accessModes');
  if ((spec.accessModes ?? []).length === 0) errors.push(fieldErrors.required(modesAt, ''));
  errors.push(...each(spec.accessModes, modesAt, (mode) => oneOf(mode, ACCESS_MODES, modesAt)));
  if (spec.accessModes?.includes('ReadWriteOncePod') && spec.accessModes.length > 1) {
    errors.push(fieldErrors.forbidden(modesAt, 'may not use ReadWriteOncePod with other access modes'));
  }
  errors.push(...validateCapacity(spec));
  if (spec.persistentVolumeReclaimPolicy !== undefined) {
    errors.push(
      ...oneOf(
        spec.persistentVolumeReclaimPolicy,
        ['Delete', 'Recycle', 'Retain'],
        SPEC.child('persistentVolumeReclaimPolicy'),
      ),
    );
  }
  if (spec.nodeAffinity?.required !== undefined)
    errors.push(...validateNodeSelector(spec.nodeAffinity.required, SPEC.child('nodeAffinity', 'required')));
  const [first, ...more] = sourcesOf(spec);
  if (first === undefined) errors.push(fieldErrors.required(SPEC, 'must specify a volume type'));
  errors.push(
    ...more.map(([field]) => fieldErrors.forbidden(SPEC.child(field), 'may not specify more than 1 volume type')),
  );
  if (spec.hostPath?.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle') {
    errors.push(
      fieldErrors.forbidden(
        SPEC.child('persistentVolumeReclaimPolicy'),
        "may not be 'recycle' for a hostPath mount of '/'",
      ),
    );
  }
  if (spec.local !== undefined && spec.nodeAffinity?.required === undefined) {
    errors.push(fieldErrors.required(SPEC.child('nodeAffinity'), 'Local volume requires node affinity'));
  }
  if (spec.volumeMode !== undefined)
    errors.push(...oneOf(spec.volumeMode, ['Block', 'Filesystem'], SPEC.child('volumeMode')));
  return errors;
}

function validateCapacity({ capacity = {} }: PersistentVolume['spec']): FieldError[] {
  const at = SPEC.child('capacity');
  if (Object.keys(capacity).length === 0) return [fieldErrors.required(at, '')];
  if (capacity['storage'] === undefined || Object.keys(capacity).length > 1)
    return [fieldErrors.notSupported(at, capacity, ['storage'])];
  const quantity = quantityOf(capacity['storage']);
  return quantity !== undefined && quantity.sign() <= 0
    ? [fieldErrors.invalid(at.key('storage'), quantity.toString(), 'must be greater than zero')]
    : [];
}

/** Where the bytes are does not change under those who use them. */
function validateSource({ spec }: PersistentVolume, old: PersistentVolume): FieldError[] {
  if (!semanticEqual(Object.fromEntries(sourcesOf(spec)), Object.fromEntries(sourcesOf(old.spec)))) {
    return [
      fieldErrors.forbidden(
        path('spec', 'persistentvolumesource'),
        'spec.persistentvolumesource is immutable after creation',
      ),
    ];
  }
  return (spec.volumeMode ?? '') === (old.spec.volumeMode ?? '')
    ? []
    : [fieldErrors.invalid(SPEC.child('volumeMode'), spec.volumeMode, 'field is immutable')];
}

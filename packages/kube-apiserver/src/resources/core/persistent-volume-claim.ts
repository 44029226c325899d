/** PersistentVolumeClaims. */
import { type FieldError, fieldErrors, type PersistentVolumeClaim, path, semanticEqual } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, oneOf } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { unifiedDiff } from '../pod-spec/difference.ts';
import { internalForm } from '../pod-spec/internal-form.ts';
import { quantityOf } from '../pod-spec/quantities.ts';
import { statusOnly } from '../preparation.ts';
import { validateLabelSelector } from '../selectors.ts';

const SPEC = path('spec');
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const MODES: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

export const ACCESS_MODES: readonly string[] = MODES.map(([name]) => name);

export const persistentVolumeClaim: Strategy<PersistentVolumeClaim> = {
  validated: true,
  defaults({ spec }) {
    if (spec !== undefined) spec.volumeMode ??= 'Filesystem';
  },
  ...statusOnly<PersistentVolumeClaim>(() => ({ phase: 'Pending' })),
  validate,
  validateUpdate: (object, old) => [...validate(object), ...validateChange(object, old)],
  columns: [
    nameColumn(),
    text('Status', 'Whether it has a volume.', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    text('Volume', 'The volume it has.', ({ spec }) => spec.volumeName ?? ''),
    text('Capacity', 'How much the volume holds.', ({ spec, status }) =>
      spec.volumeName ? (status?.capacity?.['storage'] ?? '') : '',
    ),
    text('Access Modes', 'How it can be mounted.', ({ spec, status }) =>
      spec.volumeName ? accessModesText(status?.accessModes) : '',
    ),
    text(
      'StorageClass',
      'Its class.',
      ({ spec, metadata }) => metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? '',
    ),
    text('VolumeAttributesClass', 'Its attributes class.', ({ spec }) => spec.volumeAttributesClassName || '<unset>'),
    ageColumn(),
    text('VolumeMode', 'Filesystem or Block.', ({ spec }) => spec.volumeMode ?? '<unset>', 1),
  ],
  selectableFields: ({ metadata }) => ({ name: metadata.name ?? '' }),
};

export function accessModesText(modes: readonly string[] = []): string {
  return MODES.filter(([name]) => modes.includes(name))
    .map(([, short]) => short)
    .join(',');
}

function validate({ spec }: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  const modesAt = SPEC.child('accessModes');
  if ((spec.accessModes ?? []).length === 0)
    errors.push(fieldErrors.required(modesAt, 'at least 1 access mode is required'));
  errors.push(...validateLabelSelector(spec.selector, SPEC.child('selector')));
  errors.push(...each(spec.accessModes, modesAt, (mode) => oneOf(mode, ACCESS_MODES, modesAt)));
  if (spec.accessModes?.includes('ReadWriteOncePod') && spec.accessModes.length > 1) {
    errors.push(fieldErrors.forbidden(modesAt, 'may not use ReadWriteOncePod with other access modes'));
  }
  const storageAt = SPEC.child('resources').key('storage');
  const storage = spec.resources?.requests?.['storage'];
  if (storage === undefined) errors.push(fieldErrors.required(storageAt, ''));
  else if ((quantityOf(storage)?.sign() ?? 1) <= 0)
    errors.push(
      fieldErrors.invalid(SPEC.child('resources', 'requests').key('storage'), storage, 'must be greater than zero'),
    );
  if (spec.volumeMode !== undefined)
    errors.push(...oneOf(spec.volumeMode, ['Block', 'Filesystem'], SPEC.child('volumeMode')));
  return errors;
}

const CHANGE_REFUSED =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** A bound claim may grow; everything else stays, except that a binder fills in the volume. */
function validateChange({ spec }: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const frozen = ({ resources, volumeAttributesClassName, volumeName, ...rest }: PersistentVolumeClaim['spec']) => ({
    ...rest,
    volumeName: old.spec.volumeName ? volumeName : undefined,
    resources: { ...resources, requests: old.status?.phase === 'Bound' ? undefined : resources?.requests },
    volumeAttributesClassName: old.status?.phase === 'Bound' ? undefined : volumeAttributesClassName,
  });
  const given =
    spec.storageClassName !== undefined && old.spec.storageClassName === undefined
      ? { ...spec, storageClassName: undefined }
      : spec;
  if (!semanticEqual(frozen(given), frozen(old.spec)))
    return [
      fieldErrors.forbidden(
        SPEC,
        `${CHANGE_REFUSED}\n${unifiedDiff(internalForm(old.spec, 'PersistentVolumeClaimSpec'), internalForm(spec, 'PersistentVolumeClaimSpec'))}`,
      ),
    ];
  const before = quantityOf(old.spec.resources?.requests?.['storage']);
  const now = quantityOf(spec.resources?.requests?.['storage']);
  const floor = quantityOf(old.status?.capacity?.['storage']);
  if (before === undefined || now === undefined || now.compare(before) >= 0) return [];
  if (floor !== undefined && now.compare(floor) > 0) return [];
  return [
    fieldErrors.forbidden(
      SPEC.child('resources', 'requests').key('storage'),
      'field can not be less than status.capacity',
    ),
  ];
}

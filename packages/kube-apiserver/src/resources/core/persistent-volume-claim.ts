/** PersistentVolumeClaims. */
import { type Draft, type PersistentVolumeClaim, type PersistentVolumeClaimSpec, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { empty } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { keepSpec, statusOnly } from '../preparation.ts';
import { CLASS_ANNOTATION, validateClaimChange, validateClaimStatus } from './claim-change.ts';
import { validateClaimSpec } from './claim-spec.ts';
import { claimSpecWarnings, classAnnotationWarnings } from './claim-warnings.ts';

const SPEC = path('spec');
const MODES: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];
const preparation = statusOnly<PersistentVolumeClaim>(() => ({ phase: 'Pending' }));

export const persistentVolumeClaim: Strategy<PersistentVolumeClaim> = {
  validated: true,
  defaults(draft) {
    // Upstream stores new claims without status and defaults what it reads.
    draft.status ??= {};
    draft.status.phase ||= 'Pending';
    const { spec } = draft;
    if (spec !== undefined) spec.volumeMode ??= 'Filesystem';
  },
  prepareForCreate(draft, context) {
    preparation.prepareForCreate(draft, context);
    prepareSources(draft.spec, undefined);
  },
  prepareForUpdate(draft, old, context) {
    preparation.prepareForUpdate(draft, old, context);
    prepareSources(draft.spec, old.spec);
  },
  validate: ({ spec }) => validateClaimSpec(spec, SPEC),
  validateUpdate: (claim, old) => [
    ...validateClaimSpec(claim.spec, SPEC, old.spec),
    ...validateClaimChange(claim, old),
  ],
  warnings: ({ metadata, spec }) => [...classAnnotationWarnings(metadata), ...claimSpecWarnings(spec, SPEC)],
  status: {
    prepareForUpdate: keepSpec,
    validateUpdate: validateClaimStatus,
  },
  columns: [
    nameColumn(),
    text('Status', 'Whether it has a volume.', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    text('Volume', 'The volume it has.', ({ spec }) => spec.volumeName ?? ''),
    text('Capacity', 'How much the volume holds.', ({ spec, status }) =>
      spec.volumeName ? (status?.capacity?.['storage'] ?? '0') : '',
    ),
    text('Access Modes', 'How it can be mounted.', ({ spec, status }) =>
      spec.volumeName ? accessModesText(status?.accessModes) : '',
    ),
    text(
      'StorageClass',
      'Its class.',
      ({ spec, metadata }) => metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? '',
    ),
    text('VolumeAttributesClass', 'Its attributes class.', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
    ageColumn(),
    text('VolumeMode', 'Filesystem or Block.', ({ spec }) => spec.volumeMode ?? '<unset>', 1),
  ],
  selectable: {
    reads: ['metadata.name'],
    fields: ({ metadata }) => ({ name: metadata.name ?? '' }),
  },
};

export function accessModesText(modes: readonly string[] = []): string {
  return MODES.filter(([name]) => modes.includes(name))
    .map(([, short]) => short)
    .join(',');
}

/** Sources of data: what v1.36 has switched off goes, and the old field and the new one say the same. */
function prepareSources(spec: Draft<PersistentVolumeClaimSpec>, old: PersistentVolumeClaimSpec | undefined): void {
  if (!empty(spec.dataSourceRef?.namespace) && empty(old?.dataSourceRef?.namespace)) delete spec.dataSourceRef;
  const inUse = old?.dataSource !== undefined || old?.dataSourceRef !== undefined;
  if (!inUse && spec.dataSourceRef === undefined && !isKnownSource(spec.dataSource)) delete spec.dataSource;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) spec.dataSourceRef = { ...dataSource };
  if (dataSource === undefined && dataSourceRef !== undefined && empty(dataSourceRef.namespace)) {
    const { namespace: _, ...rest } = dataSourceRef;
    spec.dataSource = rest;
  }
}

/** What the old field could always name; anything else in it was ignored. */
function isKnownSource(source: PersistentVolumeClaimSpec['dataSource']): boolean {
  const group = source?.apiGroup ?? '';
  return (
    (source?.kind === 'PersistentVolumeClaim' && group === '') ||
    (source?.kind === 'VolumeSnapshot' && group === 'snapshot.storage.k8s.io')
  );
}

/** PersistentVolumes. */
import { type Draft, formatTime, type PersistentVolume, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { termWarnings } from '../pod-spec/warnings.ts';
import { keepSpec, statusOnly } from '../preparation.ts';
import { CLASS_ANNOTATION } from './claim-change.ts';
import { classAnnotationWarnings } from './claim-warnings.ts';
import { accessModesText } from './persistent-volume-claim.ts';
import { MOUNT_OPTIONS, validateMountOptions, validateVolume, validateVolumeChange } from './volume-validation.ts';

const SPEC = path('spec');
const preparation = statusOnly<PersistentVolume>();
/** Plugins that are gone; only the first one that a volume uses is named. */
const GONE: readonly (readonly [field: keyof PersistentVolume['spec'], advice: string, name?: string])[] = [
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
];

export const persistentVolume: Strategy<PersistentVolume> = {
  validated: true,
  defaults(draft) {
    draft.status ??= {};
    draft.status.phase ||= 'Pending';
    const { spec } = draft;
    if (spec === undefined) return;
    spec.persistentVolumeReclaimPolicy ||= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath) spec.hostPath.type ??= '';
    if (spec.iscsi) spec.iscsi.iscsiInterface ||= 'default';
    if (spec.rbd) {
      spec.rbd.pool ||= 'rbd';
      spec.rbd.user ||= 'admin';
      spec.rbd.keyring ||= '/etc/ceph/keyring';
    }
    if (spec.azureDisk) {
      spec.azureDisk.cachingMode ??= 'ReadWrite';
      spec.azureDisk.kind ??= 'Shared';
      spec.azureDisk.fsType ??= 'ext4';
      spec.azureDisk.readOnly ??= false;
    }
    if (spec.scaleIO) {
      spec.scaleIO.storageMode ||= 'ThinProvisioned';
      spec.scaleIO.fsType ||= 'xfs';
    }
  },
  prepareForCreate(draft, { clock }) {
    draft.status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(clock.now()) };
  },
  prepareForUpdate: preparation.prepareForUpdate,
  validate: (volume) => [...validateVolume(volume), ...validateMountOptions(volume)],
  // Upstream judges the volume twice here, and its errors appear twice.
  validateUpdate: (volume, old) => [
    ...validateVolume(volume),
    ...validateMountOptions(volume),
    ...validateVolume(volume),
    ...validateVolumeChange(volume, old),
  ],
  warnings: volumeWarnings,
  status: {
    prepareForUpdate(draft, old, { clock }) {
      keepSpec(draft, old);
      notePhase(draft, old, clock.now());
    },
    validateUpdate: () => [],
  },
  columns: [
    nameColumn(),
    text('Capacity', 'How much it holds.', ({ spec }) => spec.capacity?.['storage'] ?? '0'),
    text('Access Modes', 'How it can be mounted.', ({ spec }) => accessModesText(spec.accessModes)),
    text('Reclaim Policy', 'What becomes of it after use.', ({ spec }) => spec.persistentVolumeReclaimPolicy ?? ''),
    text('Status', 'Whether it is taken.', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    text('Claim', 'Who has it.', ({ spec }) =>
      spec.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
    ),
    text(
      'StorageClass',
      'Its class.',
      ({ spec, metadata }) => metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? '',
    ),
    text('VolumeAttributesClass', 'Its attributes class.', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
    text('Reason', 'Why it is in this state.', ({ status }) => status?.reason ?? ''),
    ageColumn(),
    text('VolumeMode', 'Filesystem or Block.', ({ spec }) => spec.volumeMode ?? '<unset>', 1),
  ],
  selectable: {
    reads: ['metadata.name'],
    fields: ({ metadata }) => ({ name: metadata.name ?? '' }),
  },
};

/** When the phase changed, unless the writer says so itself. */
function notePhase(draft: Draft<PersistentVolume>, old: PersistentVolume, now: number): void {
  draft.status ??= {};
  const before = old.status?.lastPhaseTransitionTime;
  const given = draft.status.lastPhaseTransitionTime;
  if (draft.status.phase === old.status?.phase) {
    if (given === undefined && before !== undefined) draft.status.lastPhaseTransitionTime = before;
  } else if (given === undefined || given === before) {
    draft.status.lastPhaseTransitionTime = formatTime(now);
  }
}

function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const termsAt = SPEC.child('nodeAffinity', 'required', 'nodeSelectorTerms');
  const gone = GONE.find(([field]) => spec[field] !== undefined);
  const policyAt = SPEC.child('persistentVolumeReclaimPolicy');
  return [
    ...classAnnotationWarnings(metadata),
    ...(metadata.annotations?.[MOUNT_OPTIONS] === undefined
      ? []
      : [
          `${path('metadata', 'annotations').key(MOUNT_OPTIONS)}: deprecated since v1.31; use "mountOptions" attribute instead`,
        ]),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle'
      ? [
          `${policyAt}: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.`,
        ]
      : []),
    ...(spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      termWarnings(term, false, termsAt.index(index)),
    ),
    ...(gone === undefined ? [] : [`${SPEC.child(gone[2] ?? gone[0])}: ${gone[1]}`]),
  ];
}

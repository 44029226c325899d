/** PersistentVolumes. */
import type { PersistentVolume } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { statusOnly } from '../preparation.ts';
import { accessModesText } from './persistent-volume-claim.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

export const persistentVolume: Strategy<PersistentVolume> = {
  validated: false,
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.persistentVolumeReclaimPolicy ||= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath) spec.hostPath.type ??= '';
  },
  ...statusOnly<PersistentVolume>(() => ({ phase: 'Pending' })),
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

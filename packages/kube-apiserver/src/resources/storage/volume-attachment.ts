/** VolumeAttachments. */
import { type FieldError, path, type VolumeAttachment } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable, required } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';

const SPEC = path('spec');

export const volumeAttachment: Strategy<VolumeAttachment> = {
  validated: true,
  ...specAndStatus<VolumeAttachment>(() => ({ attached: false })),
  validate,
  validateUpdate: (object, old) => [...validate(object), ...immutable(object.spec, old.spec, SPEC)],
  columns: [
    nameColumn(),
    text('Attacher', 'Who attaches.', ({ spec }) => spec.attacher),
    text('PV', 'Which volume.', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    text('Node', 'To which node.', ({ spec }) => spec.nodeName),
    text('Attached', 'Whether it is done.', ({ status }) => String(status?.attached ?? false)),
    ageColumn(),
  ],
};

function validate({ spec }: VolumeAttachment): FieldError[] {
  return [...required(spec.attacher, SPEC.child('attacher')), ...required(spec.nodeName, SPEC.child('nodeName'))];
}

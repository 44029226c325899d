/** VolumeAttachments. */
import {
  driverNameErrors,
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  path,
  type VolumeAttachment,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { between, immutableStruct, invalidFor, required } from '../checks.ts';
import { ageColumn, boolean, nameColumn, text } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';

const SPEC = path('spec');
const METADATA_BYTES_MAX = 256 * 1024; // Upstream's bound on what drivers may hand on.
const MESSAGE_BYTES_MAX = 1024;
const ERROR_CODE_MAX = 2 ** 31 - 1;
type VolumeError = NonNullable<NonNullable<VolumeAttachment['status']>['attachError']>;

export const volumeAttachment: Strategy<VolumeAttachment> = {
  validated: true,
  allowUnconditionalUpdate: false,
  ...specAndStatus<VolumeAttachment>(() => ({ attached: false })),
  validate: validateCreate,
  validateUpdate: (object, old) => [
    ...validate(object),
    ...immutableStruct(object.spec, old.spec, 'k8s.io/api/storage/v1.VolumeAttachmentSpec', SPEC),
  ],
  status: { validateUpdate: (object) => validateStatus(object.status) },
  columns: [
    nameColumn(),
    { ...text<VolumeAttachment>('Attacher', 'Who attaches.', ({ spec }) => spec.attacher), format: 'name' },
    text('PV', 'Which volume.', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    text('Node', 'To which node.', ({ spec }) => spec.nodeName),
    boolean('Attached', 'Whether it is done.', ({ status }) => status?.attached ?? false),
    ageColumn(),
  ],
};

/** Upstream's v1 checks the driver's name besides, before everything else. */
function validateCreate(object: VolumeAttachment): FieldError[] {
  const { attacher, source } = object.spec;
  const volume = source.persistentVolumeName;
  const at = path('spec.source.persistentVolumeName');
  return [
    ...validate(object),
    ...driverNameErrors(attacher, path('spec.attacher')),
    ...(volume === undefined ? [] : invalidFor(names.dns1123Subdomain(volume), volume, at)),
  ];
}

function validate({ spec, status }: VolumeAttachment): FieldError[] {
  return [
    ...required(spec.attacher, SPEC.child('attacher')),
    ...validateSource(spec.source, SPEC.child('source')),
    ...invalidFor(names.dns1123Subdomain(spec.nodeName), spec.nodeName, SPEC.child('nodeName')),
    ...validateStatus(status),
  ];
}

function validateSource(source: VolumeAttachment['spec']['source'], at: FieldPath): FieldError[] {
  const { inlineVolumeSpec, persistentVolumeName } = source;
  const detail = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (inlineVolumeSpec === undefined && persistentVolumeName === undefined) return [fieldErrors.required(at, detail)];
  if (inlineVolumeSpec !== undefined && persistentVolumeName !== undefined) return [fieldErrors.forbidden(at, detail)];
  return required(
    persistentVolumeName ?? 'inline',
    at.child('persistentVolumeName'),
    'must specify non empty persistentVolumeName',
  );
}

function validateStatus(status: VolumeAttachment['status']): FieldError[] {
  const at = path('status');
  const entries = Object.entries(status?.attachmentMetadata ?? {});
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...(bytes > METADATA_BYTES_MAX
      ? [fieldErrors.tooLong(at.child('attachmentMetadata'), '', METADATA_BYTES_MAX)]
      : []),
    ...validateProblem(status?.attachError, at.child('attachError')),
    ...validateProblem(status?.detachError, at.child('detachError')),
  ];
}

function validateProblem(problem: VolumeError | undefined, at: FieldPath): FieldError[] {
  const { message = '', errorCode } = problem ?? {};
  return [
    // Upstream names the wrong one of its two limits.
    ...(Buffer.byteLength(message) > MESSAGE_BYTES_MAX
      ? [fieldErrors.tooLong(at.child('message'), '', METADATA_BYTES_MAX)]
      : []),
    ...between(errorCode, 0, ERROR_CODE_MAX, at.child('errorCode')),
  ];
}

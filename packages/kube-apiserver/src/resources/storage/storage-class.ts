/** StorageClasses. */
import { type FieldError, fieldErrors, path, type StorageClass, semanticEqual } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { oneOf } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { validateParameters, validateProvisioner } from './driver-parameters.ts';

const DEFAULT_CLASS_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

export const storageClass: Strategy<StorageClass> = {
  validated: true,
  defaults(draft) {
    draft.reclaimPolicy ??= 'Delete';
    draft.volumeBindingMode ??= 'Immediate';
  },
  validate,
  validateUpdate,
  columns: [
    {
      ...nameColumn<StorageClass>(),
      value: (object) => `${object.metadata.name}${isDefaultClass(object) ? ' (default)' : ''}`,
    },
    text('Provisioner', 'Who makes its volumes.', ({ provisioner }) => provisioner),
    text('ReclaimPolicy', 'What becomes of a volume after use.', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    text('VolumeBindingMode', 'When a volume is chosen.', ({ volumeBindingMode }) => volumeBindingMode ?? '<unset>'),
    text('AllowVolumeExpansion', 'Whether volumes can grow.', ({ allowVolumeExpansion }) =>
      String(allowVolumeExpansion ?? false),
    ),
    ageColumn(),
  ],
};

export function isDefaultClass({ metadata }: StorageClass): boolean {
  return DEFAULT_CLASS_ANNOTATIONS.some((key) => metadata.annotations?.[key] === 'true');
}

function validate({ provisioner, parameters, reclaimPolicy, volumeBindingMode }: StorageClass): FieldError[] {
  return [
    ...validateProvisioner(provisioner, path('provisioner')),
    ...validateParameters(parameters, true, path('parameters')),
    ...oneOf(reclaimPolicy, ['Delete', 'Retain'], path('reclaimPolicy')),
    ...oneOf(volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], path('volumeBindingMode')),
  ];
}

function validateUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  if (!semanticEqual(object.parameters ?? {}, old.parameters ?? {}))
    errors.push(fieldErrors.forbidden(path('parameters'), 'updates to parameters are forbidden.'));
  if (object.provisioner !== old.provisioner)
    errors.push(fieldErrors.forbidden(path('provisioner'), 'updates to provisioner are forbidden.'));
  if (object.reclaimPolicy !== old.reclaimPolicy)
    errors.push(fieldErrors.forbidden(path('reclaimPolicy'), 'updates to reclaimPolicy are forbidden.'));
  if (object.volumeBindingMode !== old.volumeBindingMode)
    errors.push(fieldErrors.invalid(path('volumeBindingMode'), object.volumeBindingMode, 'field is immutable'));
  return errors;
}

/** VolumeAttributesClasses. */
import { type FieldError, fieldErrors, path, semanticEqual, type VolumeAttributesClass } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { validateParameters, validateProvisioner } from './driver-parameters.ts';

export const volumeAttributesClass: Strategy<VolumeAttributesClass> = {
  validated: true,
  validate,
  validateUpdate: (object, old) => [...validateChange(object, old), ...validate(object)],
  columns: [nameColumn(), text('DriverName', 'Whose attributes.', ({ driverName }) => driverName), ageColumn()],
};

function validate({ driverName, parameters }: VolumeAttributesClass): FieldError[] {
  return [
    ...validateProvisioner(driverName, path('driverName')),
    ...validateParameters(parameters, false, path('parameters')),
  ];
}

function validateChange(object: VolumeAttributesClass, old: VolumeAttributesClass): FieldError[] {
  const errors: FieldError[] = [];
  if (object.driverName !== old.driverName)
    errors.push(fieldErrors.forbidden(path('driverName'), 'updates to driverName are forbidden.'));
  if (!semanticEqual(object.parameters ?? {}, old.parameters ?? {}))
    errors.push(fieldErrors.forbidden(path('parameters'), 'updates to parameters are forbidden.'));
  return errors;
}

/** VolumeAttributesClasses. */
import { path, type VolumeAttributesClass } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

export const volumeAttributesClass: Strategy<VolumeAttributesClass> = {
  validated: false,
  validateUpdate: (object, old) => [
    ...immutable(object.driverName, old.driverName, path('driverName')),
    ...immutable(object.parameters, old.parameters, path('parameters')),
  ],
  columns: [nameColumn(), text('DriverName', 'Whose attributes.', ({ driverName }) => driverName), ageColumn()],
};

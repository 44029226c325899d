/** CSIDrivers. */
import type { CSIDriver } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, boolean, nameColumn, text } from '../columns.ts';
import { specOnly } from '../preparation.ts';
import { validateDriver, validateDriverChange, validateDriverName } from './csi-driver-validation.ts';

export const csiDriver: Strategy<CSIDriver> = {
  validated: true,
  allowUnconditionalUpdate: false,
  validateName: validateDriverName,
  validate: validateDriver,
  validateUpdate: (object, old) => [...validateDriver(object), ...validateDriverChange(object, old)],
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  ...specOnly<CSIDriver>(),
  columns: [
    nameColumn(),
    boolean('AttachRequired', 'Whether volumes are attached first.', ({ spec }) => spec.attachRequired ?? true),
    boolean('PodInfoOnMount', 'Whether the driver is told about the pod.', ({ spec }) => spec.podInfoOnMount ?? false),
    boolean('StorageCapacity', 'Whether it publishes capacity.', ({ spec }) => spec.storageCapacity ?? false),
    text(
      'TokenRequests',
      'Audiences of the tokens it gets.',
      ({ spec }) => (spec.tokenRequests ?? []).map(({ audience }) => audience).join(',') || '<unset>',
    ),
    boolean('RequiresRepublish', 'Whether it is asked again.', ({ spec }) => spec.requiresRepublish ?? false),
    text('Modes', 'Life cycles it supports.', ({ spec }) => (spec.volumeLifecycleModes ?? []).join(',') || '<none>'),
    ageColumn(),
  ],
};
